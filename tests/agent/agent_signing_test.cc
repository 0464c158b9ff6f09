// Signatures through a real agent, by the fake signer and the real one.
#include <unistd.h>

#include <cstdint>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/local_client.h"
#include "tests/agent/sign_request.h"
#include "tests/agent/test_agent.h"
#include "tests/fakes/fake_signer.h"
#include "tests/fakes/real_signer.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;
using ::testing::HasSubstr;

std::vector<FakeKey> AllKeys() {
  std::vector<FakeKey> keys;
  for (const TestKeyKind kind : GoodTestKeyKinds()) {
    FakeKey key;
    key.id = std::string(TestKeyKindName(kind));
    key.pem = TestKeyPem(kind);
    keys.push_back(std::move(key));
  }
  return keys;
}

// With either signer behind the agent.
class AgentWithSignerTest : public testing::TestWithParam<bool> {
 protected:
  AgentWithSignerTest() {
    if (GetParam()) {
      signer_ = std::make_unique<RealSigner>(AllKeys());
    } else {
      signer_ = std::make_unique<FakeSigner>(AllKeys());
    }
    agent_ = std::make_unique<TestAgent>(signer_->ClientOptions(),
                                         TestAgent::OwnRule());
    agent_->Start();
  }

  std::unique_ptr<TestSigner> signer_;
  std::unique_ptr<TestAgent> agent_;
};

INSTANTIATE_TEST_SUITE_P(, AgentWithSignerTest, testing::Bool(),
                         [](const auto& info) {
                           return info.param ? "RealSigner" : "FakeSigner";
                         });

TEST_P(AgentWithSignerTest, EveryTypeOfKeySigns) {
  LocalClient client(agent_->socket_path());
  uint64_t id = 0;
  for (const TestKeyKind kind : GoodTestKeyKinds()) {
    const v1::SignRequest request = SignRequestFor(kind, ++id);
    const auto response = client.Sign(request);
    ASSERT_TRUE(response.has_value()) << kind;
    EXPECT_THAT(CheckSignatureOf(request, kind, *response), IsOk()) << kind;
    EXPECT_EQ(response->policy_version().size(), 16u);
  }
}

TEST_P(AgentWithSignerTest, SpeaksFirstAndStatesItsLimits) {
  LocalClient client(agent_->socket_path());
  const auto frame = client.Receive();
  ASSERT_TRUE(frame.has_value());
  EXPECT_TRUE(frame->items().empty());
  EXPECT_EQ(frame->limits().max_items_in_flight(), 256u);
  EXPECT_EQ(frame->limits().max_items_per_frame(), 64u);
  EXPECT_EQ(frame->limits().max_frame_bytes(), 262144u);
  EXPECT_EQ(frame->limits().max_time_us(), 10'000'000u);
}

TEST_P(AgentWithSignerTest, ManyItemsInAFrameEachUnderItsId) {
  LocalClient client(agent_->socket_path());
  v1::SignBatchRequest frame;
  for (uint64_t id = 1000; id < 1064; ++id) {
    *frame.add_items() = SignRequestFor(TestKeyKind::kP256, id);
  }
  ASSERT_TRUE(client.Send(frame));
  for (const v1::SignRequest& item : frame.items()) {
    const auto response = client.ReceiveItem(item.id());
    ASSERT_TRUE(response.has_value());
    EXPECT_THAT(CheckSignatureOf(item, TestKeyKind::kP256, *response), IsOk());
  }
}

TEST_P(AgentWithSignerTest, ConnectionsUseTheSameIdsWithoutHarm) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([this, i] {
      LocalClient client(agent_->socket_path());
      for (uint64_t id = 1; id <= 20; ++id) {
        v1::SignRequest request = SignRequestFor(TestKeyKind::kEd25519, id);
        request.mutable_tls13_certificate_verify()->set_transcript_hash(
            absl::StrCat(std::string(20, 'x'), 100000000000 + i * 100 + id));
        const auto response = client.Sign(request);
        ASSERT_TRUE(response.has_value());
        EXPECT_THAT(CheckSignatureOf(request, TestKeyKind::kEd25519, *response),
                    IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_P(AgentWithSignerTest, TheSignersRefusalsArriveWithTheirReasons) {
  LocalClient client(agent_->socket_path());
  v1::SignRequest request = SignRequestFor(TestKeyKind::kP256, 1);
  request.set_spki_sha256(std::string(32, 'x'));
  EXPECT_EQ(CodeAndReason(*client.Sign(request)), "NOT_FOUND/KEY_NOT_FOUND");
  request = SignRequestFor(TestKeyKind::kP256, 2);
  request.mutable_digest()->set_hash(v1::HASH_SHA256);
  request.mutable_digest()->set_value(std::string(32, 'd'));
  const auto response = client.Sign(request);
  EXPECT_EQ(CodeAndReason(*response), "PERMISSION_DENIED/USAGE_NOT_ALLOWED");
  EXPECT_EQ(response->policy_version().size(), 16u);
}

TEST_P(AgentWithSignerTest, SignerDownAtStartAndAgainLater) {
  agent_->Stop();
  signer_->Stop();
  agent_->SetRules("[{users: ['*'], keys: ['P*']}]");
  agent_->Start();
  LocalClient client(agent_->socket_path());
  v1::SignRequest request = SignRequestFor(TestKeyKind::kP256, 1);
  request.set_time_left_us(100'000);
  const auto refused = client.Sign(request);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(CodeAndReason(*refused), "UNAVAILABLE");
  EXPECT_THAT(refused->status().message(),
              HasSubstr("the agent's rules name keys by id"));
  // What can wait is signed once the signer is there.
  request = SignRequestFor(TestKeyKind::kP256, 2);
  ASSERT_TRUE(client.Send(request));
  signer_->Start();
  EXPECT_THAT(
      CheckSignatureOf(request, TestKeyKind::kP256, *client.ReceiveItem(2)),
      IsOk());
  signer_->Stop();
  request = SignRequestFor(TestKeyKind::kP256, 3);
  request.set_time_left_us(100'000);
  const auto later = client.Sign(request);
  EXPECT_THAT(CodeAndReason(*later),
              testing::AnyOf("UNAVAILABLE", "DEADLINE_EXCEEDED"));
  request = SignRequestFor(TestKeyKind::kP256, 4);
  ASSERT_TRUE(client.Send(request));
  signer_->Start();
  EXPECT_THAT(
      CheckSignatureOf(request, TestKeyKind::kP256, *client.ReceiveItem(4)),
      IsOk());
}

class AgentWithFakeTest : public testing::Test {
 protected:
  AgentWithFakeTest() { agent_.Start(); }

  FakeSigner signer_{AllKeys()};
  TestAgent agent_{signer_.ClientOptions(), TestAgent::OwnRule()};
};

TEST_F(AgentWithFakeTest, WhatTheSignerGets) {
  LocalClient client(agent_.socket_path());
  v1::SignRequest request = SignRequestFor(TestKeyKind::kP256, 77);
  request.set_request_id("0123456789abcdef");
  request.set_time_left_us(5'000'000);
  request.set_server_name("www.example.org");
  request.mutable_claimed_caller()->set_uid(4711);
  ASSERT_EQ(CodeAndReason(*client.Sign(request)), "OK");
  ASSERT_EQ(signer_.record().signs().size(), 1u);
  const v1::SignRequest got = signer_.record().signs()[0];
  EXPECT_EQ(got.request_id(), "0123456789abcdef");
  EXPECT_EQ(got.server_name(), "www.example.org");
  EXPECT_LE(got.time_left_us(), 5'000'000u);
  EXPECT_GT(got.time_left_us(), 0u);
  // As the kernel has it, not as the process says.
  EXPECT_EQ(got.claimed_caller().uid(), geteuid());
  EXPECT_EQ(got.claimed_caller().gid(), getegid());
}

TEST_F(AgentWithFakeTest, AsksForTheListOfKeysOnlyIfARuleHasAnId) {
  LocalClient client(agent_.socket_path());
  EXPECT_EQ(CodeAndReason(*client.Sign(SignRequestFor(TestKeyKind::kP256, 1))),
            "OK");
  EXPECT_EQ(signer_.Calls(FakeRpc::kListKeys), 0);
  agent_.SetRules(absl::StrCat("[{users: [", geteuid(), "], keys: [P256]}]"));
  EXPECT_THAT(agent_.Reload(), HasSubstr("\"event\":\"reload\""));
  EXPECT_EQ(CodeAndReason(*client.Sign(SignRequestFor(TestKeyKind::kP256, 2))),
            "OK");
  EXPECT_GE(signer_.Calls(FakeRpc::kListKeys), 1);
}

TEST_F(AgentWithFakeTest, ASlowSignatureEndsAtItsDeadlineAndHoldsUpNobody) {
  LocalClient slow(agent_.socket_path());
  signer_.faults().HoldSigns();
  v1::SignRequest request = SignRequestFor(TestKeyKind::kP256, 1);
  request.set_time_left_us(200'000);
  EXPECT_EQ(CodeAndReason(*slow.Sign(request)), "DEADLINE_EXCEEDED");
  signer_.faults().ReleaseSigns();
  LocalClient other(agent_.socket_path());
  EXPECT_EQ(CodeAndReason(*other.Sign(SignRequestFor(TestKeyKind::kP256, 1))),
            "OK");
}

TEST_F(AgentWithFakeTest, AnItemThatIsCancelledIsAnsweredSo) {
  LocalClient client(agent_.socket_path());
  signer_.faults().HoldSigns();
  ASSERT_TRUE(client.Send(SignRequestFor(TestKeyKind::kP256, 5)));
  signer_.faults().WaitForHeldSigns(1);
  v1::SignBatchRequest frame;
  frame.add_cancel_ids(5);
  frame.add_cancel_ids(6);
  ASSERT_TRUE(client.Send(frame));
  EXPECT_EQ(CodeAndReason(*client.ReceiveItem(5)), "CANCELLED/CANCELLED");
  signer_.faults().ReleaseSigns();
  EXPECT_EQ(CodeAndReason(*client.Sign(SignRequestFor(TestKeyKind::kP256, 5))),
            "OK");
}

TEST_F(AgentWithFakeTest, AProcessThatGoesAwayFreesItsPlaces) {
  agent_.SetMore("limits: {max_items_in_flight_per_user: 1}");
  ASSERT_THAT(agent_.Reload(), HasSubstr("\"event\":\"reload\""));
  signer_.faults().HoldSigns();
  {
    LocalClient gone(agent_.socket_path());
    ASSERT_TRUE(gone.Send(SignRequestFor(TestKeyKind::kP256, 1)));
    signer_.faults().WaitForHeldSigns(1);
    LocalClient other(agent_.socket_path());
    const auto refused = other.Sign(SignRequestFor(TestKeyKind::kP256, 1));
    EXPECT_EQ(CodeAndReason(*refused), "RESOURCE_EXHAUSTED/TOO_MANY_IN_FLIGHT");
    EXPECT_THAT(refused->status().message(),
                HasSubstr("limits.max_items_in_flight_per_user"));
  }
  signer_.faults().ReleaseSigns();
  // Its place is free as soon as the agent has seen that it left.
  std::string answer;
  uint64_t id = 0;
  LocalClient client(agent_.socket_path());
  do {
    answer =
        CodeAndReason(*client.Sign(SignRequestFor(TestKeyKind::kP256, ++id)));
  } while (answer == "RESOURCE_EXHAUSTED/TOO_MANY_IN_FLIGHT");
  EXPECT_EQ(answer, "OK");
}

TEST_F(AgentWithFakeTest, ASignatureThatFailedItsCheckIsDataLoss) {
  signer_.FailNext(FakeRpc::kSign,
                   WithReason(absl::DataLossError("bad memory"),
                              ErrorReason::kSignatureCheckFailed));
  LocalClient client(agent_.socket_path());
  EXPECT_EQ(CodeAndReason(*client.Sign(SignRequestFor(TestKeyKind::kP256, 1))),
            "DATA_LOSS/SIGNATURE_CHECK_FAILED");
}

}  // namespace
}  // namespace keyhold
