// What a SignerClient does when there is too much, or when it is slow.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/remote/failover_fixture.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

using OverloadTest = FailoverTest;

TEST_F(OverloadTest, AFullClientAnswersAtOnce) {
  SignerClientOptions options = OptionsFor(1);
  options.max_in_flight = 2;
  auto client = Connect(options);
  signers_[0]->faults().HoldSigns();
  auto first = StartSignWith(*client);
  auto second = StartSignWith(*client);
  auto third = StartSignWith(*client, absl::Now() + absl::Hours(1));
  EXPECT_THAT(third->Wait(), StatusIs(absl::StatusCode::kResourceExhausted,
                                      HasSubstr("2 calls under way")));
  EXPECT_THAT(GetReason(third->answer.status()),
              Optional(ErrorReason::kTooManyInFlight));
  signers_[0]->faults().ReleaseSigns();
  EXPECT_THAT(first->Wait(), IsOk());
  EXPECT_THAT(second->Wait(), IsOk());
  EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
}

TEST_F(OverloadTest, MoreThanAStreamTakesWaitsForRoom) {
  auto client = Connect(1);
  signers_[0]->faults().HoldSigns();
  std::vector<std::unique_ptr<StartedSign>> started;
  // The fake takes 1,024.
  for (int i = 0; i < 1200; ++i) started.push_back(StartSignWith(*client));
  signers_[0]->faults().WaitForHeldSigns(1);
  signers_[0]->faults().ReleaseSigns();
  for (auto& each : started) EXPECT_THAT(each->Wait(), IsOk());
}

TEST_F(OverloadTest, WhatIsGivenUpIsCancelledAtTheService) {
  auto client = Connect(1);
  signers_[0]->faults().HoldSigns();
  auto kept = StartSignWith(*client);
  signers_[0]->faults().WaitForHeldSigns(1);
  auto given_up = StartSignWith(*client);
  given_up->pending.reset();
  const std::vector<uint64_t> cancelled =
      signers_[0]->record().WaitForCancels(1);
  EXPECT_NE(cancelled[0], 0);
  const int before = Signs(0);
  signers_[0]->faults().ReleaseSigns();
  EXPECT_THAT(kept->Wait(), IsOk());
  EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  EXPECT_EQ(Signs(0), before + 1);
  EXPECT_FALSE(given_up->done.HasBeenNotified());
}

TEST_F(OverloadTest, AHedgeSavesTheWait) {
  SignerClientOptions options = OptionsFor(2);
  options.hedge = true;
  auto client = Connect(options);
  for (int i = 0; i < 200; ++i) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
  signers_[0]->faults().HoldSigns();
  // A third of an hour would be too long for this test.
  auto started = FillUntilHeld(*client, 0, absl::Now() + absl::Hours(1));
  for (auto& each : started) EXPECT_THAT(each->Wait(), IsOk());
  // The slow signer is told that it need not.
  signers_[0]->record().WaitForCancels(1);
  EXPECT_EQ(StateOf(*client, *signers_[0]).ejected_until, absl::InfinitePast());
}

// What is answered meanwhile has all who wait try again, in vain.
TEST_F(OverloadTest, OthersAnswersDoNotPutARetryOff) {
  auto client = Connect(1);
  FakeFault away;
  away.error = WithReason(absl::UnavailableError("its HSM is away"),
                          ErrorReason::kKeyBackendAway);
  signers_[0]->faults().Next(FakeRpc::kSign, away);
  auto refused_once = StartSignWith(*client, absl::Now() + absl::Seconds(20));
  while (!refused_once->done.HasBeenNotified()) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
  EXPECT_THAT(refused_once->Wait(), IsOk());
}

TEST_F(OverloadTest, BlockingCallsInACallbackAreRefused) {
  auto client = Connect(1);
  absl::Notification done;
  absl::Status status;
  auto pending = client->StartSign(
      FailoverRequest(), absl::Now() + absl::Seconds(60), [&](const auto&) {
        status = client->Sign(FailoverRequest()).status();
        done.Notify();
      });
  done.WaitForNotification();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("must not block")));
}

}  // namespace
}  // namespace keyhold
