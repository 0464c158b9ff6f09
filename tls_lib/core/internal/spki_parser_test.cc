#include "tls_lib/core/internal/spki_parser.h"

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold::internal {
namespace {

using absl::string_view;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

std::string Rsa(string_view modulus, string_view exponent) {
  return EncodeSpki(
      EncodeKeyAlgorithm(KeyType::kRsa),
      DerElement(kDerSequence,
                 absl::StrCat(DerElement(kDerInteger, modulus),
                              DerElement(kDerInteger, exponent))));
}

// A positive odd number of `bits`, a multiple of 8.
std::string Odd(int bits) {
  return absl::StrCat("\x7f", std::string(bits / 8 - 1, '\xff'));
}

std::string PositiveOdd(int bits) {
  return absl::StrCat(string_view("\0", 1), std::string(bits / 8, '\xff'));
}

TEST(ParseSpkiTest, TheKeyIsOpensslsOwn) {
  for (TestKeyKind kind : GoodTestKeyKinds()) {
    SCOPED_TRACE(TestKeyKindName(kind));
    const std::string spki = TestKeySpki(kind);
    absl::StatusOr<ParsedSpki> parsed = ParseSpki(spki);
    ASSERT_THAT(parsed, IsOk());
    const auto* data = reinterpret_cast<const uint8_t*>(spki.data());
    EvpPkeyPtr theirs(
        d2i_PUBKEY(nullptr, &data, static_cast<int64_t>(spki.size())));
    if (parsed->algorithm.type != KeyType::kRsaPss) {
      EXPECT_EQ(EVP_PKEY_eq(parsed->key.get(), theirs.get()), 1);
    }
    EXPECT_EQ(static_cast<int>(parsed->max_signature_size),
              EVP_PKEY_get_size(theirs.get()));
  }
}

TEST(ParseSpkiTest, NotDer) {
  for (string_view der :
       {string_view(""), string_view("hello"), string_view("\x30\x00", 2),
        string_view("\x30\x03\x02\x01\x01", 5)}) {
    EXPECT_THAT(ParseSpki(der), StatusIs(kInvalid,
                                         "the public key is not valid DER: "
                                         "SubjectPublicKeyInfo"));
  }
}

TEST(ParseSpkiTest, EveryTruncationIsRefused) {
  for (TestKeyKind kind : {TestKeyKind::kRsa2048, TestKeyKind::kP256,
                           TestKeyKind::kRsaPss2048Sha256}) {
    const std::string spki = TestKeySpki(kind);
    for (size_t size = 0; size < spki.size(); ++size) {
      EXPECT_THAT(ParseSpki(spki.substr(0, size)), StatusIs(kInvalid)) << size;
    }
  }
}

TEST(ParseSpkiTest, TrailingBytes) {
  EXPECT_THAT(ParseSpki(TestKeySpki(TestKeyKind::kP256) + "x"),
              StatusIs(kInvalid, HasSubstr("bytes follow")));
}

TEST(ParseSpkiTest, RsaSizes) {
  EXPECT_THAT(
      ParseSpki(TestKeySpki(TestKeyKind::kRsa1024)),
      StatusIs(kInvalid,
               "the RSA key has 1024 bits; it needs at least 2048 and at most "
               "8192"));
  EXPECT_THAT(ParseSpki(Rsa(Odd(2048), "\x03")),
              StatusIs(kInvalid, StartsWith("the RSA key has 2047 bits")));
  EXPECT_THAT(ParseSpki(Rsa(PositiveOdd(2048), "\x03")), IsOk());
  EXPECT_THAT(ParseSpki(Rsa(PositiveOdd(8192), "\x03")), IsOk());
  EXPECT_THAT(ParseSpki(Rsa(PositiveOdd(8200), "\x03")),
              StatusIs(kInvalid, StartsWith("the RSA key has 8200 bits")));
}

TEST(ParseSpkiTest, RsaNumbers) {
  std::string even = PositiveOdd(2048);
  even.back() = '\xfe';
  const std::string numbers = "the RSA key's numbers are no RSA key's";
  EXPECT_THAT(ParseSpki(Rsa(even, "\x03")),
              StatusIs(kInvalid, StartsWith(numbers)));
  for (string_view exponent :
       {string_view("\x01", 1), string_view("\x00", 1), string_view("\x04", 1),
        string_view("\x01\x00\x00\x00\x00\x00\x00\x00\x01", 9)}) {
    EXPECT_THAT(ParseSpki(Rsa(PositiveOdd(2048), exponent)),
                StatusIs(kInvalid, StartsWith(numbers)))
        << absl::CHexEscape(exponent);
  }
  EXPECT_THAT(ParseSpki(Rsa(PositiveOdd(2048), "\x83")),
              StatusIs(kInvalid, HasSubstr("RSAPublicKey")));
}

// A point of the key `kind`, changed by `change`.
template <typename Change>
std::string WithPoint(TestKeyKind kind, KeyType type, Change change) {
  const std::string spki = TestKeySpki(kind);
  DerReader outer(spki);
  DerReader reader(*outer.Read(kDerSequence));
  reader.Read(kDerSequence);
  std::string point(*reader.ReadBitString());
  change(point);
  return EncodeSpki(EncodeKeyAlgorithm(type), point);
}

TEST(ParseSpkiTest, PointOffTheCurve) {
  EXPECT_THAT(
      ParseSpki(WithPoint(TestKeyKind::kP256, KeyType::kEcdsaP256,
                          [](std::string& point) { point.back() ^= 1; })),
      StatusIs(kInvalid,
               StartsWith("the public point of the P-256 key is not an "
                          "uncompressed point on its curve")));
}

TEST(ParseSpkiTest, CompressedPoint) {
  EXPECT_THAT(
      ParseSpki(WithPoint(TestKeyKind::kP256, KeyType::kEcdsaP256,
                          [](std::string& point) {
                            point[0] =
                                (point.back() & 1) != 0 ? '\x03' : '\x02';
                            point.resize(33);
                          })),
      StatusIs(kInvalid, HasSubstr("openssl ec -conv_form uncompressed")));
}

TEST(ParseSpkiTest, PointOfAnotherCurve) {
  EXPECT_THAT(ParseSpki(WithPoint(TestKeyKind::kP256, KeyType::kEcdsaP384,
                                  [](std::string&) {})),
              StatusIs(kInvalid, HasSubstr("of the P-384 key")));
}

TEST(ParseSpkiTest, CurveThatIsNotServed) {
  EXPECT_THAT(ParseSpki(TestKeySpki(TestKeyKind::kSecp256k1)),
              StatusIs(kInvalid,
                       "ECDSA keys on the curve secp256k1 are not served; use "
                       "P-256, P-384 or P-521"));
}

TEST(ParseSpkiTest, ExplicitParameters) {
  EXPECT_THAT(ParseSpki(TestKeySpki(TestKeyKind::kP256Explicit)),
              StatusIs(kInvalid,
                       "the EC key writes out the parameters of its curve "
                       "instead of naming it; convert it with: openssl ec "
                       "-param_enc named_curve"));
}

TEST(ParseSpkiTest, EddsaSizes) {
  EXPECT_THAT(
      ParseSpki(EncodeSpki(EncodeKeyAlgorithm(KeyType::kEd25519),
                           std::string(31, 'x'))),
      StatusIs(kInvalid,
               "the Ed25519 public key has 31 bytes, which is not its size"));
  EXPECT_THAT(ParseSpki(EncodeSpki(EncodeKeyAlgorithm(KeyType::kEd448),
                                   std::string(56, 'x'))),
              StatusIs(kInvalid, HasSubstr("Ed448 public key has 56 bytes")));
}

TEST(EncodeSpkiTest, IsOpensslsEncoding) {
  for (TestKeyKind kind : {TestKeyKind::kRsa2048, TestKeyKind::kP256,
                           TestKeyKind::kP521, TestKeyKind::kEd448}) {
    const std::string spki = TestKeySpki(kind);
    DerReader outer(spki);
    DerReader reader(*outer.Read(kDerSequence));
    reader.Read(kDerSequence);
    EXPECT_EQ(EncodeSpki(EncodeKeyAlgorithm(ParseSpki(spki)->algorithm.type),
                         *reader.ReadBitString()),
              spki);
  }
}

}  // namespace
}  // namespace keyhold::internal
