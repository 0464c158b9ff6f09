#include "tls_lib/core/internal/key_algorithm.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold::internal {
namespace {

using absl::string_view;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

std::string ContentsOf(KeyType type) {
  const std::string der = EncodeKeyAlgorithm(type);
  return std::string(*DerReader(der).Read(kDerSequence));
}

TEST(KeyAlgorithmTest, EachTypeReadsBack) {
  for (KeyType type : {KeyType::kRsa, KeyType::kRsaPss, KeyType::kEcdsaP256,
                       KeyType::kEcdsaP384, KeyType::kEcdsaP521,
                       KeyType::kEd25519, KeyType::kEd448}) {
    absl::StatusOr<KeyAlgorithm> algorithm =
        ParseKeyAlgorithm(ContentsOf(type));
    ASSERT_THAT(algorithm, IsOk()) << KeyTypeName(type);
    EXPECT_EQ(algorithm->type, type);
    EXPECT_EQ(algorithm->curve, FindCurveByKeyType(type));
    EXPECT_EQ(algorithm->pss_hash, std::nullopt);
  }
}

TEST(KeyAlgorithmTest, RsaWithoutNullIsTaken) {
  const std::string contents = ContentsOf(KeyType::kRsa);
  absl::StatusOr<KeyAlgorithm> algorithm =
      ParseKeyAlgorithm(contents.substr(0, contents.size() - 2));
  ASSERT_THAT(algorithm, IsOk());
  EXPECT_EQ(algorithm->type, KeyType::kRsa);
}

TEST(KeyAlgorithmTest, ParametersWhereNoneBelong) {
  const std::string null = DerElement(kDerNull, "");
  EXPECT_THAT(ParseKeyAlgorithm(ContentsOf(KeyType::kEd25519) + null),
              StatusIs(kInvalid,
                       "the AlgorithmIdentifier of the Ed25519 key has "
                       "parameters that it must not have"));
  EXPECT_THAT(ParseKeyAlgorithm(ContentsOf(KeyType::kRsa) + null),
              StatusIs(kInvalid, HasSubstr("of the RSA key has parameters")));
}

TEST(KeyAlgorithmTest, NotDer) {
  for (string_view contents :
       {string_view(""), string_view("\x06", 1), string_view("\x05\x00", 2)}) {
    EXPECT_THAT(
        ParseKeyAlgorithm(contents),
        StatusIs(kInvalid, StartsWith("the key's AlgorithmIdentifier is not "
                                      "valid DER")));
  }
  const std::string ec = ContentsOf(KeyType::kEcdsaP256);
  EXPECT_THAT(ParseKeyAlgorithm(ec.substr(0, 9)), StatusIs(kInvalid));
  EXPECT_THAT(ParseKeyAlgorithm(ec + "x"), StatusIs(kInvalid));
}

TEST(KeyAlgorithmTest, OtherAlgorithmsAreNamed) {
  EXPECT_THAT(
      ParseKeyAlgorithm(
          DerElement(kDerOid, string_view("\x2a\x86\x48\xce\x38\x04\x01", 7))),
      StatusIs(kInvalid, StartsWith("keys of the algorithm dsaEncryption are "
                                    "not served; use RSA")));
  EXPECT_THAT(
      ParseKeyAlgorithm(DerElement(kDerOid, string_view("\x2b\x65\x6e", 3))),
      StatusIs(kInvalid, StartsWith("keys of the algorithm X25519 ")));
  EXPECT_THAT(ParseKeyAlgorithm(DerElement(kDerOid, "\x2a\x03\x04\x05")),
              StatusIs(kInvalid, HasSubstr("the algorithm 1.2.3.4.5 ")));
}

TEST(EcParametersTest, NullOrImplicitCurve) {
  EXPECT_THAT(ParseEcParameters(DerElement(kDerNull, "")),
              StatusIs(kInvalid, HasSubstr("not valid DER")));
}

}  // namespace
}  // namespace keyhold::internal
