// What PrivateKey::Parse refuses, and the words in which it does.
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/private_key.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using absl::string_view;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

absl::Status Parse(string_view encoded) {
  return PrivateKey::Parse(*SecretBytes::CopyOf(encoded)).status();
}

std::string Der(TestKeyKind kind) {
  return TestKeyEncoded(kind, TestKeyFormat::kPkcs8Der);
}

// PKCS#8's three parts, the first two whole elements.
struct Pkcs8 {
  std::string version;
  std::string algorithm;
  std::string key;

  explicit Pkcs8(TestKeyKind kind) {
    const std::string der = Der(kind);
    DerReader outer(der);
    DerReader reader(*outer.Read(kDerSequence));
    version = std::string(reader.ReadElement()->whole);
    algorithm = std::string(reader.ReadElement()->whole);
    key = std::string(*reader.Read(kDerOctetString));
  }
  std::string Encode(string_view more = "") const {
    return DerElement(kDerSequence,
                      absl::StrCat(version, algorithm,
                                   DerElement(kDerOctetString, key), more));
  }
};

std::string Reversed(string_view bytes) {
  return std::string(bytes.rbegin(), bytes.rend());
}

TEST(RefusalTest, Empty) {
  for (const char* text : {"", "\n", " \r\n\t\n"}) {
    EXPECT_THAT(Parse(text), StatusIs(kInvalid, "the key file is empty"));
  }
}

TEST(RefusalTest, NotAKey) {
  for (const char* text :
       {"hello", "0", "0\x82", "\x30\x03\x02\x01\x01",
        "\x30\x06\x02\x01\x01\x0c\x01x", "{\"kty\":\"EC\"}"}) {
    EXPECT_THAT(Parse(text),
                StatusIs(kInvalid,
                         "not a private key; expected PKCS#8, PKCS#1 (RSA) or "
                         "SEC1 (EC), in PEM or DER"))
        << text;
  }
}

TEST(RefusalTest, OnlyAPublicKeyOrACertificate) {
  const std::string cert = SelfSignedTestCert(TestKeyPem(TestKeyKind::kP256));
  EXPECT_THAT(Parse(cert),
              StatusIs(kInvalid,
                       "no private key: the PEM text has only CERTIFICATE; "
                       "expected PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE "
                       "KEY"));
  for (const std::string& der :
       {PemToDer(cert), TestKeySpki(TestKeyKind::kP256)}) {
    EXPECT_THAT(
        Parse(der),
        StatusIs(kInvalid,
                 "not a private key but a public key or a certificate"));
  }
}

TEST(RefusalTest, EncryptedPkcs8) {
  const std::string pem = EncryptedTestKeyPem(TestKeyKind::kP256);
  const auto refused = StatusIs(
      kInvalid,
      AllOf(StartsWith("the private key is encrypted with a password; a "
                       "service starts with nobody there to type it"),
            HasSubstr("openssl pkey -in FILE -out KEY"),
            HasSubstr("systemd-creds encrypt"), HasSubstr("HSM")));
  EXPECT_THAT(Parse(pem), refused);
  EXPECT_THAT(Parse(PemToDer(pem)), refused);
  EXPECT_THAT(Parse("-----BEGIN RSA PRIVATE KEY-----\n"
                    "Proc-Type: 4,ENCRYPTED\n"
                    "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n"
                    "\nAAAA\n-----END RSA PRIVATE KEY-----\n"),
              refused);
}

TEST(RefusalTest, TwoKeys) {
  EXPECT_THAT(Parse(absl::StrCat(TestKeyPem(TestKeyKind::kP256),
                                 TestKeyPem(TestKeyKind::kEd25519))),
              StatusIs(kInvalid,
                       "the file holds two private keys; put each in a file of "
                       "its own"));
}

TEST(RefusalTest, TrailingBytes) {
  EXPECT_THAT(Parse(Der(TestKeyKind::kP256) + "x"),
              StatusIs(kInvalid,
                       "bytes follow the private key; is the file two files "
                       "put together?"));
}

TEST(RefusalTest, OpensshFormat) {
  EXPECT_THAT(Parse("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n"
                    "-----END OPENSSH PRIVATE KEY-----\n"),
              StatusIs(kInvalid, HasSubstr("ssh-keygen -p -m PKCS8")));
}

TEST(RefusalTest, DamagedPem) {
  const std::string pem = TestKeyPem(TestKeyKind::kP256);
  const auto not_base64 = StatusIs(
      kInvalid,
      "the private key's PEM block is not valid base64; is the file damaged?");
  EXPECT_THAT(Parse(absl::StrReplaceAll(pem, {{"\nM", "\n!"}})), not_base64);
  EXPECT_THAT(Parse(absl::StrReplaceAll(pem, {{"\nM", "\n="}})), not_base64);
  EXPECT_THAT(Parse(absl::StrReplaceAll(pem, {{"\nM", "\n"}})), not_base64);
  EXPECT_THAT(Parse("-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n"),
              not_base64);
  EXPECT_THAT(Parse(pem.substr(0, pem.size() / 2)),
              StatusIs(kInvalid, HasSubstr("is the file cut off?")));
}

TEST(RefusalTest, Rsa1024) {
  for (TestKeyFormat format :
       {TestKeyFormat::kPkcs8Pem, TestKeyFormat::kTraditionalPem}) {
    EXPECT_THAT(Parse(TestKeyEncoded(TestKeyKind::kRsa1024, format)),
                StatusIs(kInvalid,
                         "the RSA key has 1024 bits; it needs at least 2048 "
                         "and at most 8192"));
  }
}

TEST(RefusalTest, UnlistedCurve) {
  for (TestKeyFormat format :
       {TestKeyFormat::kPkcs8Pem, TestKeyFormat::kTraditionalPem}) {
    EXPECT_THAT(Parse(TestKeyEncoded(TestKeyKind::kSecp256k1, format)),
                StatusIs(kInvalid,
                         "ECDSA keys on the curve secp256k1 are not served; "
                         "use P-256, P-384 or P-521"));
  }
}

TEST(RefusalTest, ExplicitCurveParameters) {
  for (TestKeyFormat format :
       {TestKeyFormat::kPkcs8Pem, TestKeyFormat::kTraditionalPem}) {
    EXPECT_THAT(
        Parse(TestKeyEncoded(TestKeyKind::kP256Explicit, format)),
        StatusIs(kInvalid, HasSubstr("openssl ec -param_enc named_curve")));
  }
}

TEST(RefusalTest, EcPublicPointOfAnotherKey) {
  Pkcs8 key(TestKeyKind::kP256);
  Pkcs8 other(TestKeyKind::kP256);
  const std::string other_der =
      TestKeyEncoded(TestKeyKind::kP256, TestKeyFormat::kPkcs8Der, 1);
  // The point stands last in both.
  key.key.replace(key.key.size() - 64, 64,
                  other_der.substr(other_der.size() - 64));
  EXPECT_THAT(Parse(key.Encode()),
              StatusIs(kInvalid,
                       "the private number of the EC key does not belong to "
                       "the public point in the same file; the file is damaged "
                       "or was put together by hand"));
}

TEST(RefusalTest, EcPrivateNumberOutOfRange) {
  for (char fill : {'\0', '\xff'}) {
    Pkcs8 key(TestKeyKind::kP256);
    // SEQUENCE, INTEGER 1, OCTET STRING: 7 bytes before the number.
    key.key.replace(7, 32, std::string(32, fill));
    EXPECT_THAT(Parse(key.Encode()),
                StatusIs(kInvalid,
                         "the private number of the P-256 key is not between 1 "
                         "and the order of the curve"));
  }
}

TEST(RefusalTest, EcCurvesThatDisagree) {
  const std::string sec1 =
      TestKeyEncoded(TestKeyKind::kP256, TestKeyFormat::kTraditionalDer);
  Pkcs8 key(TestKeyKind::kP384);
  key.key = sec1;
  EXPECT_THAT(Parse(key.Encode()),
              StatusIs(kInvalid,
                       "the EC private key names another curve than the PKCS#8 "
                       "around it"));
}

TEST(RefusalTest, EcWithoutACurve) {
  EXPECT_THAT(Parse(Pkcs8(TestKeyKind::kP256).key),
              StatusIs(kInvalid, HasSubstr("does not name its curve")));
}

TEST(RefusalTest, RsaNumbersThatDisagree) {
  const std::string der =
      TestKeyEncoded(TestKeyKind::kRsa2048, TestKeyFormat::kTraditionalDer);
  DerReader outer(der);
  DerReader reader(*outer.Read(kDerSequence));
  std::vector<DerReader::Element> numbers;
  while (!reader.empty()) numbers.push_back(*reader.ReadElement());
  ASSERT_EQ(numbers.size(), 9u);
  // d, p, q, dp, dq, qinv: one bit of each.
  for (size_t changed = 3; changed < 9; ++changed) {
    std::string contents;
    for (size_t i = 0; i < 9; ++i) {
      std::string whole(numbers[i].whole);
      if (i == changed) whole[whole.size() - 2] ^= 1;
      contents += whole;
    }
    EXPECT_THAT(Parse(DerElement(kDerSequence, contents)),
                StatusIs(kInvalid,
                         "the private numbers of the RSA key do not belong to "
                         "its public ones; the file is damaged or was put "
                         "together by hand"))
        << changed;
  }
}

TEST(RefusalTest, RsaOfThreePrimes) {
  EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* generated = nullptr;
  ASSERT_GT(EVP_PKEY_keygen_init(context.get()), 0);
  ASSERT_GT(EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), 2048), 0);
  ASSERT_GT(EVP_PKEY_CTX_set_rsa_keygen_primes(context.get(), 3), 0);
  ASSERT_GT(EVP_PKEY_generate(context.get(), &generated), 0);
  EvpPkeyPtr key(generated);
  unsigned char* der = nullptr;
  const int size = i2d_PrivateKey(key.get(), &der);
  OpensslBytesPtr owned(der);
  EXPECT_THAT(Parse(string_view(reinterpret_cast<char*>(der), size)),
              StatusIs(kInvalid,
                       "the RSA key has more than two primes; use an ordinary "
                       "one"));
}

TEST(RefusalTest, RsaThatIsNoDer) {
  Pkcs8 key(TestKeyKind::kRsa2048);
  key.key += "x";
  EXPECT_THAT(Parse(key.Encode()),
              StatusIs(kInvalid,
                       "the RSA private key is not valid DER (RFC "
                       "8017 section A.1.2)"));
  key.key = "x";
  EXPECT_THAT(Parse(key.Encode()), StatusIs(kInvalid, HasSubstr("RFC 8017")));
}

TEST(RefusalTest, EddsaOfTheWrongSize) {
  Pkcs8 key(TestKeyKind::kEd25519);
  key.key.pop_back();
  EXPECT_THAT(Parse(key.Encode()),
              StatusIs(kInvalid,
                       "the Ed25519 private key is not an OCTET "
                       "STRING of 32 bytes (RFC 8410 section 7)"));
}

TEST(RefusalTest, EddsaPublicKeyOfAnotherKey) {
  Pkcs8 key(TestKeyKind::kEd25519);
  key.version = DerElement(kDerInteger, "\x01");
  const std::string spki = TestKeySpki(TestKeyKind::kEd25519);
  const std::string own = spki.substr(spki.size() - 32);
  auto with_public = [&key](const std::string& bytes) {
    return key.Encode(
        DerElement(DerImplicit(1), absl::StrCat(string_view("\0", 1), bytes)));
  };
  EXPECT_THAT(Parse(with_public(own)), IsOk());
  EXPECT_THAT(Parse(with_public(Reversed(own))),
              StatusIs(kInvalid, HasSubstr("does not belong to the public "
                                           "key in the same file")));
}

// No prefix of a key is a key, and none makes the reader read on.
TEST(RefusalTest, EveryTruncation) {
  for (TestKeyKind kind : {TestKeyKind::kRsa2048, TestKeyKind::kRsaPss2048,
                           TestKeyKind::kP256, TestKeyKind::kEd448}) {
    const std::string der = Der(kind);
    for (size_t size = 0; size < der.size(); ++size) {
      EXPECT_THAT(Parse(der.substr(0, size)), StatusIs(kInvalid)) << size;
    }
  }
}

// An error must not carry what it could not read.
TEST(RefusalTest, ErrorsHoldNoBytesOfTheFile) {
  const std::string secret = "c2VjcmV0IHNlY3JldCBzZWNyZXQ=";
  for (const std::string& text :
       {absl::StrCat("-----BEGIN PRIVATE KEY-----\n", secret,
                     "\n-----END PRIVATE KEY-----\n"),
        absl::StrCat("-----BEGIN PRIVATE KEY\n", secret, "-----\n"),
        absl::StrCat("-----BEGIN PRIVATE KEY-----\n", secret), secret,
        absl::StrCat("\x30\x1e\x02\x01\x00", secret)}) {
    EXPECT_THAT(Parse(text),
                StatusIs(kInvalid, AllOf(Not(HasSubstr(secret)),
                                         Not(HasSubstr("secret")))));
  }
}

}  // namespace
}  // namespace keyhold
