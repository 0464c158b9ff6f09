#include "tls_lib/tls/internal/server_choice.h"

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/tls/internal/handshake_runner.h"
#include "tls_lib/tls/testing/test_site.h"

namespace keyhold::tls_internal {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using tls_testing::TestSite;

constexpr SignatureScheme kGrease = static_cast<SignatureScheme>(0x0a0a);

class ServerChoiceTest : public ::testing::Test {
 protected:
  ServerChoiceTest() {
    resolution_.entry_name = "*.example.org";
    resolution_.candidates = {ecdsa_.certified_key, rsa_.certified_key};
    facts_.hello.signature_schemes = {kGrease,
                                      SignatureScheme::kRsaPssRsaeSha256,
                                      SignatureScheme::kEcdsaSecp256r1Sha256};
  }
  absl::StatusOr<ChosenKey> Choose() {
    return ChooseServerKey(resolution_, facts_, absl::Now() + absl::Hours(1),
                           runner_);
  }

  TestSite ecdsa_{TestKeyKind::kP256};
  TestSite rsa_{TestKeyKind::kRsa2048};
  Resolution resolution_;
  ClientHelloFacts facts_;
  HandshakeRunner runner_;
};

TEST_F(ServerChoiceTest, FirstThatHasASchemeInCommon) {
  absl::StatusOr<ChosenKey> chosen = Choose();
  ASSERT_THAT(chosen, IsOk());
  EXPECT_EQ(chosen->certified_key, ecdsa_.certified_key);
  EXPECT_EQ(chosen->signer->scheme(), SignatureScheme::kEcdsaSecp256r1Sha256);
  EXPECT_EQ(rsa_.key->choices(), 0);
  facts_.hello.signature_schemes.pop_back();
  chosen = Choose();
  ASSERT_THAT(chosen, IsOk());
  EXPECT_EQ(chosen->certified_key, rsa_.certified_key);
}

TEST_F(ServerChoiceTest, KeyIsToldRoleVersionEntryAndDeadline) {
  ASSERT_THAT(Choose(), IsOk());
  const SigningContext context = ecdsa_.key->last_context();
  EXPECT_EQ(context.role, Role::kServer);
  EXPECT_EQ(context.version, TlsVersion::kTls13);
  EXPECT_EQ(context.server_name, "*.example.org");
  EXPECT_GT(context.deadline, absl::Now());
  EXPECT_LT(context.deadline, absl::InfiniteFuture());
}

TEST_F(ServerChoiceTest, NothingInCommonSaysWhyOfEach) {
  facts_.hello.signature_schemes = {kGrease};
  absl::Status status = Choose().status();
  EXPECT_THAT(
      status,
      StatusIs(absl::StatusCode::kFailedPrecondition,
               AllOf(HasSubstr("no certificate of *.example.org suits "
                               "this client: "),
                     HasSubstr("P-256"), HasSubstr("; "), HasSubstr("RSA"))));
  EXPECT_EQ(GetReason(status), ErrorReason::kNoCommonScheme);
}

TEST_F(ServerChoiceTest, FailureToAskEndsTheChoice) {
  ecdsa_.key->FailChoosing(absl::DeadlineExceededError("too slow"));
  EXPECT_THAT(Choose(),
              StatusIs(absl::StatusCode::kDeadlineExceeded, "too slow"));
  EXPECT_EQ(ecdsa_.key->last_known_choices(), 0);
  EXPECT_EQ(rsa_.key->choices(), 0);
}

TEST_F(ServerChoiceTest, KeyThatIsRefusedAloneIsPassedOver) {
  for (const absl::Status& refusal :
       {absl::NotFoundError("no such key"),
        absl::PermissionDeniedError("not this usage")}) {
    ecdsa_.key->FailChoosing(refusal);
    rsa_.key->FailChoosing(absl::OkStatus());
    absl::StatusOr<ChosenKey> chosen = Choose();
    ASSERT_THAT(chosen, IsOk());
    EXPECT_EQ(chosen->certified_key, rsa_.certified_key);
    rsa_.key->FailChoosing(absl::NotFoundError("nor this"));
    EXPECT_THAT(Choose(),
                StatusIs(refusal.code(), std::string(refusal.message())));
  }
}

TEST_F(ServerChoiceTest, ResumptionDoesNotWaitLongForASigner) {
  facts_.may_resume = true;
  const absl::Time before = absl::Now();
  ASSERT_THAT(Choose(), IsOk());
  EXPECT_LT(ecdsa_.key->last_context().deadline, before + absl::Minutes(1))
      << "Choose() itself gives an hour";
}

TEST_F(ServerChoiceTest, ResumptionGoesOnWithTheLastKnownChoice) {
  facts_.may_resume = true;
  ecdsa_.key->FailChoosing(absl::UnavailableError("away"));
  absl::StatusOr<ChosenKey> chosen = Choose();
  ASSERT_THAT(chosen, IsOk());
  EXPECT_EQ(chosen->certified_key, ecdsa_.certified_key);
  EXPECT_EQ(ecdsa_.key->last_known_choices(), 1);
}

TEST_F(ServerChoiceTest, ResumptionWithNothingInCommonTriesTheNext) {
  facts_.may_resume = true;
  ecdsa_.key->FailChoosing(absl::UnavailableError("away"));
  facts_.hello.signature_schemes.pop_back();
  absl::StatusOr<ChosenKey> chosen = Choose();
  ASSERT_THAT(chosen, IsOk());
  EXPECT_EQ(chosen->certified_key, rsa_.certified_key);
}

TEST_F(ServerChoiceTest, WhatCannotBeServedIsNotAsked) {
  facts_.hello.version = TlsVersion::kTls12;
  facts_.cipher_suites = {0xc02f};
  absl::StatusOr<ChosenKey> chosen = Choose();
  ASSERT_THAT(chosen, IsOk());
  EXPECT_EQ(chosen->certified_key, rsa_.certified_key);
  EXPECT_EQ(ecdsa_.key->choices(), 0);
}

}  // namespace
}  // namespace keyhold::tls_internal
