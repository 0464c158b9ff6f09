#include "signer_service/keys/key_rules.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "keyhold/signer/v1/tls.pb.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

CertificateFields WithUsages(bool server_auth, bool client_auth) {
  CertificateFields leaf;
  leaf.server_auth = server_auth;
  leaf.client_auth = client_auth;
  return leaf;
}

RoleSet Both() {
  RoleSet both = RoleSet::ServerOnly();
  both.Insert(signer::v1::ROLE_CLIENT);
  return both;
}

TEST(DecideRolesTest, ServerUnlessTheCertificateIsForClientsOnly) {
  const struct {
    bool server_auth;
    bool client_auth;
    RoleSet roles;
  } kCases[] = {
      {true, true, RoleSet::ServerOnly()},
      {true, false, RoleSet::ServerOnly()},
      {false, true, RoleSet::ClientOnly()},
  };
  for (const auto& c : kCases) {
    CertificateFields leaf = WithUsages(c.server_auth, c.client_auth);
    EXPECT_THAT(DecideRoles(RoleSet(), &leaf), IsOkAndHolds(c.roles));
  }
  EXPECT_THAT(DecideRoles(RoleSet(), nullptr),
              IsOkAndHolds(RoleSet::ServerOnly()));
}

TEST(DecideRolesTest, ConfiguredRolesCountWhereTheCertificateAllowsThem) {
  CertificateFields both = WithUsages(true, true);
  EXPECT_THAT(DecideRoles(Both(), &both), IsOkAndHolds(Both()));
  EXPECT_THAT(DecideRoles(RoleSet::ClientOnly(), &both),
              IsOkAndHolds(RoleSet::ClientOnly()));
  EXPECT_THAT(DecideRoles(Both(), nullptr), IsOkAndHolds(Both()));
}

TEST(DecideRolesTest, ContradictionIsAnError) {
  CertificateFields client = WithUsages(false, true);
  EXPECT_THAT(DecideRoles(RoleSet::ServerOnly(), &client),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("configured as a server key, but the "
                                 "certificate's extendedKeyUsage does not "
                                 "name serverAuth")));
  CertificateFields server = WithUsages(true, false);
  EXPECT_THAT(DecideRoles(Both(), &server),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("does not name clientAuth")));
  CertificateFields neither = WithUsages(false, false);
  EXPECT_THAT(DecideRoles(RoleSet(), &neither),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("it is not for TLS")));
}

TEST(DecidePreferencesTest, DefaultsAreTheKeys) {
  PublicKey key = *PublicKey::FromSpki(TestKeySpki(TestKeyKind::kP384));
  SchemePreferences preferences = DecidePreferences(key, {});
  EXPECT_EQ(preferences.usable, key.DefaultPreferences());
  EXPECT_THAT(preferences.unusable, IsEmpty());
}

TEST(DecidePreferencesTest, ConfiguredOnesKeepTheirOrder) {
  PublicKey key = *PublicKey::FromSpki(TestKeySpki(TestKeyKind::kRsa2048));
  SchemePreferences preferences = DecidePreferences(
      key, {SignatureScheme::kRsaPkcs1Sha256, SignatureScheme::kEd25519,
            SignatureScheme::kRsaPssRsaeSha256});
  EXPECT_THAT(preferences.usable,
              ElementsAre(SignatureScheme::kRsaPkcs1Sha256,
                          SignatureScheme::kRsaPssRsaeSha256));
  EXPECT_THAT(preferences.unusable, ElementsAre(SignatureScheme::kEd25519));
}

class ValidityWarningTest : public testing::Test {
 protected:
  std::optional<std::string> At(absl::Duration since_issued) {
    return ValidityWarning(leaf_, leaf_.not_before + since_issued);
  }

  void LastsDays(int days) {
    leaf_.not_before =
        absl::FromCivil(absl::CivilDay(2026, 1, 1), absl::UTCTimeZone());
    leaf_.not_after = leaf_.not_before + absl::Hours(24) * days;
  }

  CertificateFields leaf_;
};

TEST_F(ValidityWarningTest, NoneInTheMiddleOfItsLife) {
  LastsDays(90);
  EXPECT_EQ(At(absl::Hours(24) * 75), std::nullopt);
}

TEST_F(ValidityWarningTest, InItsLastFourteenDays) {
  LastsDays(90);
  EXPECT_EQ(At(absl::Hours(24) * 77),
            "the certificate expires soon, at 2026-04-01 00:00:00 UTC");
}

TEST_F(ValidityWarningTest, InTheLastThirdOfAShortLife) {
  LastsDays(6);
  EXPECT_EQ(At(absl::Hours(24) * 3), std::nullopt);
  EXPECT_THAT(At(absl::Hours(24) * 4 + absl::Seconds(1)),
              testing::Optional(HasSubstr("expires soon")));
}

TEST_F(ValidityWarningTest, ExpiredAndNotYetValid) {
  LastsDays(90);
  EXPECT_EQ(At(absl::Hours(24) * 90),
            "the certificate expired at 2026-04-01 00:00:00 UTC; it is served "
            "all the same");
  EXPECT_EQ(At(-absl::Seconds(1)),
            "the certificate is not valid before 2026-01-01 00:00:00 UTC; it "
            "is served all the same");
}

}  // namespace
}  // namespace keyhold
