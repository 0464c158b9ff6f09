// What a SignerClient with several endpoints does when one of them fails.
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

// A third of it is a second.
absl::Time InThreeSeconds() { return absl::Now() + absl::Seconds(3); }

TEST_F(FailoverTest, EqualSignersTakeTurns) {
  auto client = Connect(3);
  const int before[] = {Signs(0), Signs(1), Signs(2)};
  for (int i = 0; i < 30; ++i) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(Signs(i) - before[i], 10);
}

TEST_F(FailoverTest, TheLeastBusySignerIsAsked) {
  auto client = Connect(2);
  signers_[0]->faults().HoldSigns();
  auto held = FillUntilHeld(*client, 0, absl::Now() + absl::Seconds(60));
  const int before = Signs(0);
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
  EXPECT_EQ(Signs(0), before);
  signers_[0]->faults().ReleaseSigns();
  for (auto& each : held) EXPECT_THAT(each->Wait(), IsOk());
}

TEST_F(FailoverTest, WhatASignerHadInFlightGoesElsewhereWhenItDies) {
  auto client = Connect(2);
  signers_[0]->faults().HoldSigns();
  auto started = FillUntilHeld(*client, 0, absl::Now() + absl::Hours(1));
  signers_[0]->Stop();
  signers_[0]->faults().ReleaseSigns();
  for (auto& each : started) EXPECT_THAT(each->Wait(), IsOk());
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
  signers_[0]->Start();
  // It is there again, without anybody's doing.
  const int before = Signs(0);
  while (Signs(0) == before) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
}

TEST_F(FailoverTest, AFrozenSignerCostsAThirdOfTheTimeAndIsLeftAlone) {
  auto client = Connect(2);
  signers_[0]->faults().HoldSigns();
  auto started = FillUntilHeld(*client, 0, InThreeSeconds());
  for (auto& each : started) EXPECT_THAT(each->Wait(), IsOk());
  const SignerEndpointStatus state = StateOf(*client, *signers_[0]);
  EXPECT_GT(state.ejected_until, absl::Now() - absl::Seconds(60));
  EXPECT_THAT(state.last_error, HasSubstr("no answer to anything"));
  // It speaks, and is taken back.
  signers_[0]->faults().ReleaseSigns();
  const int before = Signs(0);
  while (Signs(0) == before) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
}

TEST_F(FailoverTest, OthersDoNotWaitForTheirTurnWhereASignerIsSilent) {
  auto client = Connect(2);
  signers_[0]->faults().HoldSigns();
  auto patient = FillUntilHeld(*client, 0, absl::Now() + absl::Hours(1));
  // The first whose attempt has had its time frees the patient ones, too.
  signers_[1]->faults().HoldSigns();
  std::vector<std::unique_ptr<StartedSign>> hasty;
  for (int i = 0; i < 4; ++i) {
    hasty.push_back(StartSignWith(*client, InThreeSeconds()));
  }
  signers_[1]->faults().WaitForHeldSigns(1);
  signers_[1]->faults().ReleaseSigns();
  for (auto& each : hasty) EXPECT_THAT(each->Wait(), IsOk());
  for (auto& each : patient) EXPECT_THAT(each->Wait(), IsOk());
}

TEST_F(FailoverTest, ADrainingSignerHandsItsLoadOver) {
  auto client = Connect(2);
  FakeFault draining;
  draining.error =
      WithReason(absl::UnavailableError("draining"), ErrorReason::kDraining);
  signers_[0]->faults().Always(FakeRpc::kSign, draining);
  for (int i = 0; i < 6; ++i) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
  EXPECT_TRUE(StateOf(*client, *signers_[0]).draining);
  const int before = Signs(0);
  for (int i = 0; i < 6; ++i) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
  EXPECT_EQ(Signs(0), before);
}

TEST_F(FailoverTest, WhatHealthSaysIsHeard) {
  auto client = Connect(2);
  while (StateOf(*client, *signers_[0]).health !=
         SignerEndpointStatus::Health::kServing) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
  signers_[0]->SetServing(false);
  while (StateOf(*client, *signers_[0]).health !=
         SignerEndpointStatus::Health::kNotServing) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
  const int before = Signs(0);
  for (int i = 0; i < 6; ++i) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
  EXPECT_EQ(Signs(0), before);
  signers_[0]->SetServing(true);
  while (Signs(0) == before) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
}

TEST_F(FailoverTest, ASignatureThatFailedItsCheckIsMadeElsewhere) {
  auto client = Connect(2);
  FakeFault broken;
  broken.error = WithReason(absl::DataLossError("its check failed"),
                            ErrorReason::kSignatureCheckFailed);
  signers_[0]->faults().Always(FakeRpc::kSign, broken);
  for (int i = 0; i < 6; ++i) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
  // And if that happens everywhere, it is said.
  signers_[1]->faults().Always(FakeRpc::kSign, broken);
  const auto response = client->Sign(FailoverRequest());
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kInternal,
                                 HasSubstr("its check failed")));
  EXPECT_THAT(GetReason(response.status()),
              Optional(ErrorReason::kSignatureCheckFailed));
}

TEST_F(FailoverTest, ARefusalIsTakenForAnAnswer) {
  auto client = Connect(2);
  const int before = Signs(0) + Signs(1);
  FakeFault limited;
  limited.error = WithReason(absl::ResourceExhaustedError("too many"),
                             ErrorReason::kRateLimited);
  for (auto& signer : signers_) signer->faults().Next(FakeRpc::kSign, limited);
  EXPECT_THAT(client->Sign(FailoverRequest()),
              StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(Signs(0) + Signs(1), before + 1);
}

TEST_F(FailoverTest, ASignerThatOftenFailsIsEjected) {
  auto client = Connect(2);
  FakeFault away;
  away.error = WithReason(absl::UnavailableError("its HSM is away"),
                          ErrorReason::kKeyBackendAway);
  signers_[0]->faults().Always(FakeRpc::kSign, away);
  while (StateOf(*client, *signers_[0]).ejected_until == absl::InfinitePast()) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
  EXPECT_THAT(StateOf(*client, *signers_[0]).last_error,
              HasSubstr("its HSM is away"));
  // A probe takes it back when its time is up.
  signers_[0]->faults().Always(FakeRpc::kSign, std::nullopt);
  const int before = Signs(0);
  while (Signs(0) == before) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
}

TEST_F(FailoverTest, ChoicesGoElsewhereToo) {
  auto client = Connect(2);
  signer::v1::ChooseSchemeRequest request;
  request.set_spki_sha256(FailoverRequest().spki_sha256());
  request.set_role(signer::v1::ROLE_SERVER);
  request.set_tls_version(signer::v1::TLS_VERSION_1_3);
  request.add_offered(FailoverRequest().scheme());
  FakeFault slow;
  slow.delay = absl::Hours(1);
  signers_[0]->faults().Always(FakeRpc::kChooseScheme, slow);
  for (int i = 0; i < 4; ++i) {
    EXPECT_THAT(client->ChooseScheme(request, InThreeSeconds()), IsOk());
  }
}

TEST_F(FailoverTest, StateNamesEachEndpointAndItsPolicy) {
  auto client = Connect(3);
  signers_[2]->backend().ChangePolicyVersion();
  const int before = Signs(2);
  while (Signs(2) == before) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
  ASSERT_EQ(client->endpoint_states().size(), 3);
  for (auto& signer : signers_) {
    const SignerEndpointStatus state = StateOf(*client, *signer);
    EXPECT_EQ(state.connection, SignerEndpointStatus::Connection::kConnected);
    EXPECT_EQ(state.policy_version, signer->backend().policy_version());
    EXPECT_EQ(state.outstanding, 0);
    EXPECT_EQ(state.ejected_until, absl::InfinitePast());
  }
  EXPECT_THAT(std::string(client->endpoint()),
              HasSubstr(signers_[2]->endpoint()));
}

TEST_F(FailoverTest, AllAwayIsSaidOfEach) {
  auto client = Connect(2);
  signers_[0]->Stop();
  signers_[1]->Stop();
  EXPECT_THAT(
      client->Sign(FailoverRequest(), absl::Now() + absl::Milliseconds(500)),
      StatusIs(absl::StatusCode::kUnavailable,
               testing::AllOf(HasSubstr(signers_[0]->endpoint()),
                              HasSubstr(signers_[1]->endpoint()))));
}

}  // namespace
}  // namespace keyhold
