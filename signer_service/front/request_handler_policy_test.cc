// Limits, the policy that is in force, and what an agent may say.
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/front/request_handler.h"
#include "signer_service/front/testing/request_handler_fixture.h"
#include "signer_service/front/testing/test_snapshot.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using testing::HasSubstr;

using RequestHandlerPolicyTest = RequestHandlerFixture;

TEST_F(RequestHandlerPolicyTest, BeyondALimitTheCallIsRefused) {
  SignatureLimits limits;
  limits.identity.per_second = 1;
  limits.identity.burst = 2;
  limiter_.SetLimits(limits);
  EXPECT_THAT(SignOne(Call(GoodRequest())), IsOk());
  // What policy refuses counts for nothing.
  SignRequest digest = GoodRequest();
  digest.mutable_digest()->set_hash(signer::v1::HASH_SHA256);
  digest.mutable_digest()->set_value(std::string(32, 'd'));
  EXPECT_THAT(SignOne(Call(digest)),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(SignOne(Call(GoodRequest())), IsOk());
  const absl::Status status = SignOne(Call(GoodRequest())).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted,
                               HasSubstr("at most 1 signatures a second")));
  EXPECT_EQ(GetReason(status), ErrorReason::kRateLimited);
  log_.WaitFor({"\"reason\":\"RATE_LIMITED\""});
}

// All that were under way have ended: there is room again.
TEST_F(RequestHandlerPolicyTest, WhatIsAnsweredIsNotUnderWay) {
  SignatureLimits limits;
  limits.total.concurrency = 2;
  limiter_.SetLimits(limits);
  for (int i = 0; i < 5; ++i) {
    std::vector<SignCall> calls;
    for (int c = 0; c < 3; ++c) calls.push_back(Call(GoodRequest()));
    const auto results = Sign(std::move(calls));
    EXPECT_THAT(results[0], IsOk());
    EXPECT_THAT(results[1], IsOk());
    EXPECT_THAT(results[2], StatusIs(absl::StatusCode::kResourceExhausted));
  }
}

TEST_F(RequestHandlerPolicyTest, WhatWaitsThroughAReloadIsJudgedAnew) {
  SignCall before = Call(GoodRequest());
  const std::string old_version = before.caller->snapshot->policy_version();
  state_.Set(TestSnapshot({TestCatalogKey("p256", TestKeyKind::kP256)},
                          {TestRule({"uid:2"}, {"p256"})}));
  std::vector<SignCall> calls;
  calls.push_back(std::move(before));
  std::vector<SignAnswer> answers;
  handler_.Sign(std::move(calls), [&](std::vector<SignAnswer> some) {
    for (SignAnswer& answer : some) answers.push_back(std::move(answer));
  });
  ASSERT_EQ(answers.size(), 1u);
  EXPECT_THAT(answers[0].response, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_NE(answers[0].caller->snapshot->policy_version(), old_version);
}

// A vault that answers at once, and shows what it was asked.
class SeenVault final : public Vault {
 public:
  std::vector<KeyFileOutcome> ReplaceKeys(std::vector<KeyFile>) override {
    return {};
  }
  void Sign(std::vector<SignJob> jobs, OnResults on_results) override {
    std::vector<JobResult> results;
    for (size_t i = 0; i < jobs.size(); ++i) results.push_back({i, "s"});
    seen = std::move(jobs);
    on_results(std::move(results));
  }
  std::string EngineName(KeyType) const override { return "none"; }

  std::vector<SignJob> seen;
};

TEST_F(RequestHandlerPolicyTest, OnlyAnAgentMaySayForWhomItAsks) {
  state_.Set(TestSnapshot({TestCatalogKey("p256", TestKeyKind::kP256)},
                          {TestRule({"uid:1", "uid:2"}, {"p256"})}, {"uid:1"}));
  SeenVault vault;
  const RequestHandler handler(vault, state_, Limits(), limiter_, log_.log());
  SignRequest request = GoodRequest();
  request.mutable_claimed_caller()->set_uid(33);
  std::vector<SignCall> calls;
  calls.push_back(Call(request, 1));
  calls.push_back(Call(request, 2));
  handler.Sign(std::move(calls), [](std::vector<SignAnswer> answers) {
    for (const SignAnswer& answer : answers) {
      EXPECT_THAT(answer.response, IsOk());
    }
  });
  ASSERT_EQ(vault.seen.size(), 2u);
  EXPECT_EQ(vault.seen[0].request.claimed_caller().uid(), 33u);
  EXPECT_FALSE(vault.seen[1].request.has_claimed_caller());
}

}  // namespace
}  // namespace keyhold
