#include "tls_lib/core/signature_form.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

PublicKey KeyOf(TestKeyKind kind) {
  return *PublicKey::FromSpki(TestKeySpki(kind));
}

// SEQUENCE { 70 bytes }, as long as many a P-256 signature.
std::string ShortDer() { return std::string("\x30\x46") + std::string(70, 1); }

TEST(SignatureFormTest, RsaAndEdDsaHaveOneSize) {
  EXPECT_THAT(
      CheckSignatureForm(KeyOf(TestKeyKind::kRsa2048), std::string(256, 's')),
      IsOk());
  EXPECT_THAT(
      CheckSignatureForm(KeyOf(TestKeyKind::kEd25519), std::string(64, 's')),
      IsOk());
  EXPECT_THAT(
      CheckSignatureForm(KeyOf(TestKeyKind::kRsa2048), std::string(128, 's')),
      StatusIs(absl::StatusCode::kInternal,
               HasSubstr("answered with 128 bytes where a RSA signature has "
                         "256")));
  EXPECT_THAT(
      CheckSignatureForm(KeyOf(TestKeyKind::kEd448), std::string(115, 's')),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("has 114")));
}

TEST(SignatureFormTest, EcdsaIsOneDerSequence) {
  const PublicKey p256 = KeyOf(TestKeyKind::kP256);
  EXPECT_THAT(CheckSignatureForm(p256, ShortDer()), IsOk());
  for (const std::string& bad :
       {std::string(), std::string("\x30"), ShortDer().substr(0, 36),
        ShortDer() + "x", "\x31" + ShortDer().substr(1),
        std::string("\x30\x47") + std::string(71, 1)}) {
    EXPECT_THAT(CheckSignatureForm(p256, bad),
                StatusIs(absl::StatusCode::kInternal,
                         HasSubstr("no whole P-256 signature")));
  }
}

TEST(SignatureFormTest, LongSequencesOfP521HaveTwoLengthBytes) {
  const PublicKey p521 = KeyOf(TestKeyKind::kP521);
  EXPECT_THAT(CheckSignatureForm(
                  p521, std::string("\x30\x81\x88") + std::string(136, 1)),
              IsOk());
  EXPECT_THAT(CheckSignatureForm(
                  p521, std::string("\x30\x81\x88") + std::string(68, 1)),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(CheckSignatureForm(p521, "\x30\x81"),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(CheckSignatureForm(p521, std::string("\x30\x82\x00\x01x", 5)),
              StatusIs(absl::StatusCode::kInternal));
}

}  // namespace
}  // namespace keyhold
