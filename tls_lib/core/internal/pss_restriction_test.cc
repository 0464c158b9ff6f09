#include "tls_lib/core/internal/pss_restriction.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/der.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold::internal {
namespace {

using absl::string_view;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

// AlgorithmIdentifier of SHA-2; `last` is 1 for SHA-256, 2, 3, 4 for SHA-224.
std::string Hash(char last, bool with_null = true) {
  const std::string oid =
      absl::StrCat("\x60\x86\x48\x01\x65\x03\x04\x02", std::string(1, last));
  return DerElement(kDerSequence,
                    absl::StrCat(DerElement(kDerOid, oid),
                                 with_null ? DerElement(kDerNull, "") : ""));
}

std::string Mgf1(const std::string& hash) {
  return DerElement(
      kDerSequence,
      absl::StrCat(DerElement(kDerOid, "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"),
                   hash));
}

std::string Tagged(int n, string_view contents) {
  return DerElement(DerExplicit(n), contents);
}

std::string Number(int n, char value) {
  return Tagged(n, DerElement(kDerInteger, string_view(&value, 1)));
}

std::string Parameters(char hash, char mask_hash, char salt) {
  return absl::StrCat(Tagged(0, Hash(hash)), Tagged(1, Mgf1(Hash(mask_hash))),
                      Number(2, salt));
}

testing::Matcher<absl::StatusOr<HashAlgorithm>> LeavesNoScheme(
    const std::string& why) {
  return StatusIs(kInvalid, AllOf(StartsWith("the RSASSA-PSS parameters leave "
                                             "no TLS signature scheme: "),
                                  HasSubstr(why)));
}

testing::Matcher<absl::StatusOr<HashAlgorithm>> IsNotDer() {
  return StatusIs(kInvalid,
                  "the RSASSA-PSS parameters are not valid DER (RFC "
                  "4055 section 3.1)");
}

TEST(PssRestrictionTest, EachHash) {
  EXPECT_THAT(ParsePssRestriction(Parameters(1, 1, 32)),
              IsOkAndHolds(HashAlgorithm::kSha256));
  EXPECT_THAT(ParsePssRestriction(Parameters(2, 2, 48)),
              IsOkAndHolds(HashAlgorithm::kSha384));
  EXPECT_THAT(ParsePssRestriction(Parameters(3, 3, 64)),
              IsOkAndHolds(HashAlgorithm::kSha512));
}

TEST(PssRestrictionTest, AbsentParametersOfTheHashMeanNull) {
  EXPECT_THAT(ParsePssRestriction(
                  absl::StrCat(Tagged(0, Hash(1, /*with_null=*/false)),
                               Tagged(1, Mgf1(Hash(1))), Number(2, 32))),
              IsOkAndHolds(HashAlgorithm::kSha256));
}

TEST(PssRestrictionTest, TheDefaultSaltAndTrailerMayBeLeftOut) {
  EXPECT_THAT(ParsePssRestriction(
                  absl::StrCat(Tagged(0, Hash(1)), Tagged(1, Mgf1(Hash(1))))),
              IsOkAndHolds(HashAlgorithm::kSha256));
}

TEST(PssRestrictionTest, DefaultsMeanSha1) {
  EXPECT_THAT(ParsePssRestriction(""), LeavesNoScheme("SHA-1, the default"));
  EXPECT_THAT(ParsePssRestriction(Tagged(0, Hash(1))),
              LeavesNoScheme("MGF1 has another hash (SHA-1, the default)"));
}

TEST(PssRestrictionTest, OtherHash) {
  EXPECT_THAT(ParsePssRestriction(Parameters(4, 4, 28)),
              LeavesNoScheme("their hash is not one that TLS uses"));
}

TEST(PssRestrictionTest, MaskWithAnotherHash) {
  EXPECT_THAT(ParsePssRestriction(Parameters(1, 2, 32)),
              LeavesNoScheme("MGF1 has another hash"));
}

TEST(PssRestrictionTest, SaltLongerThanTheHash) {
  EXPECT_THAT(ParsePssRestriction(Parameters(1, 1, 33)),
              LeavesNoScheme("the least salt is longer than the hash"));
  EXPECT_THAT(
      ParsePssRestriction(absl::StrCat(
          Tagged(0, Hash(1)), Tagged(1, Mgf1(Hash(1))),
          Tagged(2, DerElement(kDerInteger, string_view("\x01\x00", 2))))),
      LeavesNoScheme("too large"));
}

TEST(PssRestrictionTest, OtherTrailer) {
  EXPECT_THAT(
      ParsePssRestriction(absl::StrCat(Parameters(1, 1, 32), Number(3, 2))),
      LeavesNoScheme("the trailer is not 1"));
}

TEST(PssRestrictionTest, NotDer) {
  const std::string good = Parameters(1, 1, 32);
  EXPECT_THAT(ParsePssRestriction(good + "x"), IsNotDer());
  EXPECT_THAT(ParsePssRestriction(Tagged(0, "")), IsNotDer());
  EXPECT_THAT(
      ParsePssRestriction(absl::StrCat(Tagged(0, Hash(1)), Tagged(1, ""))),
      IsNotDer());
  EXPECT_THAT(ParsePssRestriction(
                  absl::StrCat(Tagged(0, Hash(1)), Tagged(1, Mgf1(Hash(1))),
                               Tagged(2, DerElement(kDerInteger, "\x80")))),
              IsNotDer());
}

}  // namespace
}  // namespace keyhold::internal
