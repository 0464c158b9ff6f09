#include "signer_service/front/scheme_choice.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/front/testing/test_snapshot.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using signer::v1::ChooseSchemeRequest;
using signer::v1::SignRequest;
using testing::HasSubstr;
using testing::Optional;

constexpr uint32_t kPkcs1Sha256 = 0x0401;
constexpr uint32_t kP256Sha256 = 0x0403;
constexpr uint32_t kP384Sha384 = 0x0503;
constexpr uint32_t kPssSha256 = 0x0804;
constexpr uint32_t kPssSha384 = 0x0805;
constexpr uint32_t kEd25519 = 0x0807;
constexpr uint32_t kGrease = 0x0a0a;

// uid 1: TLS with all keys. uid 2: everything with "rsa", by PSS with SHA-256
// or PKCS#1 only. uid 3: "rsa" for one server name.
class SchemeChoiceTest : public testing::Test {
 protected:
  SchemeChoiceTest() {
    std::vector<PolicyRule> rules = {TestRule({"uid:1"}, {"*"}),
                                     TestRule({"uid:2"}, {"rsa"}),
                                     TestRule({"uid:3"}, {"rsa"})};
    rules[1].usages = UsageSet();
    for (const auto usage :
         {signer::v1::USAGE_TLS13_SERVER, signer::v1::USAGE_TLS12_SERVER,
          signer::v1::USAGE_DIGEST, signer::v1::USAGE_MESSAGE}) {
      rules[1].usages->Insert(usage);
    }
    rules[1].schemes = SchemeSet();
    rules[1].schemes.Insert(SignatureScheme::kRsaPssRsaeSha256);
    rules[1].schemes.Insert(SignatureScheme::kRsaPkcs1Sha256);
    rules[2].server_names.push_back(*DnsPattern::Parse("www.example.org"));
    CatalogKey narrow = TestCatalogKey("narrow", TestKeyKind::kRsa3072);
    narrow.preferences = {SignatureScheme::kRsaPssRsaeSha384,
                          SignatureScheme::kRsaPssRsaeSha256};
    snapshot_ = TestSnapshot(
        {TestCatalogKey("rsa", TestKeyKind::kRsa2048), narrow,
         TestCatalogKey("p384", TestKeyKind::kP384),
         TestCatalogKey("ed", TestKeyKind::kEd25519, RoleSet::ClientOnly())},
        std::move(rules));
  }

  CallerView Caller(uid_t uid) const {
    return CallerView(snapshot_, Identity::FromUid(uid));
  }

  static ChooseSchemeRequest Choice(TestKeyKind kind, signer::v1::Role role,
                                    signer::v1::TlsVersion version,
                                    std::vector<uint32_t> offered) {
    ChooseSchemeRequest request;
    request.set_spki_sha256(TestSpkiSha256(kind));
    request.set_role(role);
    request.set_tls_version(version);
    for (const uint32_t point : offered) request.add_offered(point);
    return request;
  }

  // For a server in TLS 1.3 and 1.2.
  absl::StatusOr<SignatureScheme> Choose13(uid_t uid, TestKeyKind kind,
                                           std::vector<uint32_t> offered) {
    return ChooseSchemeFor(Caller(uid),
                           Choice(kind, signer::v1::ROLE_SERVER,
                                  signer::v1::TLS_VERSION_1_3, offered));
  }
  absl::StatusOr<SignatureScheme> Choose12(uid_t uid, TestKeyKind kind,
                                           std::vector<uint32_t> offered) {
    return ChooseSchemeFor(Caller(uid),
                           Choice(kind, signer::v1::ROLE_SERVER,
                                  signer::v1::TLS_VERSION_1_2, offered));
  }

  static SignRequest Sign13(TestKeyKind kind, uint32_t scheme) {
    SignRequest request;
    request.set_spki_sha256(TestSpkiSha256(kind));
    request.set_scheme(scheme);
    request.mutable_tls13_certificate_verify()->set_role(
        signer::v1::ROLE_SERVER);
    return request;
  }

  absl::StatusOr<uint32_t> Grant(uid_t uid, const SignRequest& request) {
    const CallerView caller = Caller(uid);
    const absl::StatusOr<GrantedSignature> granted =
        GrantSignature(caller, request);
    if (!granted.ok()) return granted.status();
    EXPECT_EQ(granted->key->public_key.spki_sha256(), request.spki_sha256());
    return static_cast<uint32_t>(granted->scheme);
  }

  std::shared_ptr<const ServingSnapshot> snapshot_;
};

TEST_F(SchemeChoiceTest, TheKeysPreferencesDecideNotTheOrderOffered) {
  EXPECT_THAT(Choose13(1, TestKeyKind::kRsa3072,
                       {kGrease, kPkcs1Sha256, kPssSha256, kPssSha384}),
              IsOkAndHolds(SignatureScheme::kRsaPssRsaeSha384));
  EXPECT_THAT(Choose13(1, TestKeyKind::kRsa3072,
                       {kPssSha384, kPssSha256, kPkcs1Sha256, kGrease}),
              IsOkAndHolds(SignatureScheme::kRsaPssRsaeSha384));
}

TEST_F(SchemeChoiceTest, PolicyNarrowsTheChoice) {
  EXPECT_THAT(Choose13(2, TestKeyKind::kRsa2048, {kPssSha384, kPssSha256}),
              IsOkAndHolds(SignatureScheme::kRsaPssRsaeSha256));
}

TEST_F(SchemeChoiceTest, Pkcs1IsForTls12Only) {
  EXPECT_THAT(Choose12(2, TestKeyKind::kRsa2048, {kPkcs1Sha256}),
              IsOkAndHolds(SignatureScheme::kRsaPkcs1Sha256));
  const absl::Status status =
      Choose13(2, TestKeyKind::kRsa2048, {kPkcs1Sha256}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(GetReason(status), Optional(ErrorReason::kNoCommonScheme));
}

TEST_F(SchemeChoiceTest, Tls13FixesTheCurveAndTls12OnlyTheHash) {
  EXPECT_THAT(Choose12(1, TestKeyKind::kP384, {kP256Sha256}),
              IsOkAndHolds(SignatureScheme::kEcdsaSecp256r1Sha256));
  EXPECT_THAT(Choose12(1, TestKeyKind::kP384, {kP256Sha256, kP384Sha384}),
              IsOkAndHolds(SignatureScheme::kEcdsaSecp384r1Sha384));
  EXPECT_THAT(Choose13(1, TestKeyKind::kP384, {kP256Sha256}),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(SchemeChoiceTest, NothingOrOnlyUnknownPointsInCommon) {
  for (const std::vector<uint32_t>& offered :
       {std::vector<uint32_t>{}, {kGrease, 0x0201, 0xffff, 0x10807}}) {
    const absl::Status status =
        Choose13(1, TestKeyKind::kRsa2048, offered).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(GetReason(status), Optional(ErrorReason::kNoCommonScheme));
  }
}

TEST_F(SchemeChoiceTest, RoleBelongsToTheKey) {
  EXPECT_THAT(
      ChooseSchemeFor(Caller(1),
                      Choice(TestKeyKind::kEd25519, signer::v1::ROLE_CLIENT,
                             signer::v1::TLS_VERSION_1_3, {kEd25519})),
      IsOkAndHolds(SignatureScheme::kEd25519));
  const absl::Status status =
      Choose13(1, TestKeyKind::kEd25519, {kEd25519}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(GetReason(status), Optional(ErrorReason::kUsageNotAllowed));
}

TEST_F(SchemeChoiceTest, ServerNameIsComparedWithoutCase) {
  ChooseSchemeRequest request =
      Choice(TestKeyKind::kRsa2048, signer::v1::ROLE_SERVER,
             signer::v1::TLS_VERSION_1_3, {kPssSha256});
  const absl::Status none = ChooseSchemeFor(Caller(3), request).status();
  EXPECT_THAT(GetReason(none), Optional(ErrorReason::kServerNameNotAllowed));
  request.set_server_name("WWW.Example.org");
  EXPECT_THAT(ChooseSchemeFor(Caller(3), request), IsOk());
  request.set_server_name("evil.example.org");
  EXPECT_EQ(ChooseSchemeFor(Caller(3), request).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(SchemeChoiceTest, NoneAndNotYoursAreTheSame) {
  for (const absl::Status& status :
       {Choose13(2, TestKeyKind::kP384, {kP384Sha384}).status(),
        Choose13(2, TestKeyKind::kP521, {kP384Sha384}).status(),
        Choose13(9, TestKeyKind::kRsa2048, {kPssSha256}).status(),
        Grant(2, Sign13(TestKeyKind::kP384, kP384Sha384)).status(),
        Grant(2, Sign13(TestKeyKind::kP521, kP384Sha384)).status(),
        // Whatever else is wrong does not show.
        Grant(2, Sign13(TestKeyKind::kP384, kEd25519)).status(),
        Grant(2, Sign13(TestKeyKind::kP521, kEd25519)).status()}) {
    EXPECT_EQ(status, KeyNotFoundError());
  }
}

TEST_F(SchemeChoiceTest, NoneAndNotYoursCostTheSame) {
  const auto work = [&](TestKeyKind kind) {
    const uint64_t before = PolicyWorkOfThisThread();
    EXPECT_FALSE(Choose13(2, kind, {kP384Sha384}).ok());
    EXPECT_FALSE(Grant(2, Sign13(kind, kP384Sha384)).ok());
    return PolicyWorkOfThisThread() - before;
  };
  EXPECT_EQ(work(TestKeyKind::kP384), work(TestKeyKind::kP521));
  EXPECT_GT(work(TestKeyKind::kP384), 0u);
}

TEST_F(SchemeChoiceTest, AStatedSchemeIsCheckedAgain) {
  EXPECT_THAT(Grant(2, Sign13(TestKeyKind::kRsa2048, kPssSha256)),
              IsOkAndHolds(kPssSha256));

  const absl::Status policy =
      Grant(2, Sign13(TestKeyKind::kRsa2048, kPssSha384)).status();
  EXPECT_THAT(policy, StatusIs(absl::StatusCode::kPermissionDenied,
                               HasSubstr("with rsa_pss_rsae_sha384")));
  EXPECT_THAT(GetReason(policy), Optional(ErrorReason::kSchemeNotAllowed));

  const absl::Status preference =
      Grant(1, Sign13(TestKeyKind::kRsa3072, 0x0806)).status();
  EXPECT_THAT(preference, StatusIs(absl::StatusCode::kPermissionDenied,
                                   "the settings of key narrow leave out "
                                   "rsa_pss_rsae_sha512"));
  EXPECT_THAT(GetReason(preference), Optional(ErrorReason::kSchemeNotAllowed));

  const absl::Status type =
      Grant(1, Sign13(TestKeyKind::kRsa2048, kEd25519)).status();
  EXPECT_THAT(type, StatusIs(absl::StatusCode::kInvalidArgument,
                             "scheme: the RSA key rsa cannot make ed25519 for "
                             "tls13_server"));
  EXPECT_THAT(GetReason(type), Optional(ErrorReason::kSchemeDoesNotFitKey));

  const absl::Status version =
      Grant(1, Sign13(TestKeyKind::kRsa2048, kPkcs1Sha256)).status();
  EXPECT_THAT(GetReason(version), Optional(ErrorReason::kSchemeDoesNotFitKey));
  const absl::Status curve =
      Grant(1, Sign13(TestKeyKind::kP384, kP256Sha256)).status();
  EXPECT_THAT(GetReason(curve), Optional(ErrorReason::kSchemeDoesNotFitKey));
}

TEST_F(SchemeChoiceTest, OfferedInSignIsChosenForTheInputsVersion) {
  SignRequest request = Sign13(TestKeyKind::kRsa2048, 0);
  request.add_offered_schemes(kPkcs1Sha256);
  EXPECT_THAT(Grant(1, request),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  request.mutable_tls12_server_key_exchange();
  EXPECT_THAT(Grant(1, request), IsOkAndHolds(kPkcs1Sha256));
}

TEST_F(SchemeChoiceTest, ForADigestOnlySchemesWithItsHash) {
  SignRequest request = Sign13(TestKeyKind::kRsa2048, 0);
  request.mutable_digest()->set_hash(signer::v1::HASH_SHA256);
  request.add_offered_schemes(kPssSha384);
  request.add_offered_schemes(kPkcs1Sha256);
  EXPECT_THAT(Grant(2, request), IsOkAndHolds(kPkcs1Sha256));
  request.mutable_digest()->set_hash(signer::v1::HASH_SHA384);
  EXPECT_THAT(Grant(2, request),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  request.clear_offered_schemes();
  request.set_scheme(kPssSha256);
  EXPECT_THAT(Grant(2, request),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "scheme: the RSA key rsa cannot make "
                       "rsa_pss_rsae_sha256 for digest with SHA-384"));
}

TEST_F(SchemeChoiceTest, DigestAndMessageAreRefusedUnlessNamed) {
  SignRequest request = Sign13(TestKeyKind::kRsa2048, kPssSha256);
  request.set_message("text");
  EXPECT_THAT(GetReason(Grant(1, request).status()),
              Optional(ErrorReason::kUsageNotAllowed));
  EXPECT_THAT(Grant(2, request), IsOkAndHolds(kPssSha256));
  request.mutable_digest()->set_hash(signer::v1::HASH_SHA256);
  EXPECT_THAT(GetReason(Grant(1, request).status()),
              Optional(ErrorReason::kUsageNotAllowed));
}

}  // namespace
}  // namespace keyhold
