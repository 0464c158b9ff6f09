#include "tls_lib/agent/client/agent_client.h"

#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_agent.h"
#include "tests/fakes/test_folder.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signed_content.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold::agent {
namespace {

using ::testing::HasSubstr;

constexpr SignatureScheme kScheme = SignatureScheme::kEcdsaSecp256r1Sha256;
const Tls13SignedContent kContent{Role::kServer, std::string(32, 'h')};

class AgentClientTest : public testing::Test {
 protected:
  absl::StatusOr<std::string> Sign(
      ContentToSign input = kContent,
      std::chrono::milliseconds timeout = std::chrono::minutes(1)) {
    PollWait wait;
    return client_->Sign(key_.spki_sha256(), kScheme, input, wait,
                         SteadyClock::now() + timeout);
  }

  const PublicKey key_ = *PublicKey::FromSpki(TestKeySpki(TestKeyKind::kP256));
  TestFolder folder_;
  FakeAgent agent_{
      folder_.PathOf("agent.sock"),
      {{"www", "", TestKeyPem(TestKeyKind::kP256), "", {Role::kServer}, {}}}};
  std::unique_ptr<AgentClient> client_ =
      *AgentClient::Create({*AgentAddress::Parse(agent_.address()), geteuid()});
};

TEST_F(AgentClientTest, MakesGoodSignatures) {
  const absl::StatusOr<std::string> signature = Sign();
  ASSERT_THAT(signature, IsOk());
  EXPECT_THAT(key_.Verify(kScheme, *AssembleTls13CertificateVerify(kContent),
                          *signature),
              IsOk());
}

TEST_F(AgentClientTest, AsksAsTheProtocolHasIt) {
  ASSERT_THAT(Sign(), IsOk());
  const signer::v1::SignRequest question = agent_.last_question();
  EXPECT_EQ(question.request_id().size(), 16);
  EXPECT_EQ(question.spki_sha256(), key_.spki_sha256());
  EXPECT_EQ(question.scheme(), 0x0403);
  EXPECT_TRUE(question.has_time_left_us());
  EXPECT_LE(question.time_left_us(), 60 * 1000 * 1000);
  EXPECT_EQ(question.server_name(), "");
}

TEST_F(AgentClientTest, AnAbstractSocketWillDo) {
  FakeAgent abstract(
      "@keyhold-test-" + std::to_string(getpid()),
      {{"www", "", TestKeyPem(TestKeyKind::kP256), "", {Role::kServer}, {}}});
  client_ = *AgentClient::Create(
      {*AgentAddress::Parse(abstract.address()), geteuid()});
  EXPECT_THAT(Sign(), IsOk());
  abstract.Stop();
}

TEST_F(AgentClientTest, OneThreadHasOneConnection) {
  for (int i = 0; i < 10; ++i) EXPECT_THAT(Sign(), IsOk());
  EXPECT_EQ(agent_.connections(), 1);
}

TEST_F(AgentClientTest, ThreadsDoNotWaitForEachOther) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([this] {
      for (int j = 0; j < 50; ++j) EXPECT_THAT(Sign(), IsOk());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(agent_.questions(), 400);
  EXPECT_LE(agent_.connections(), 8);
}

TEST_F(AgentClientTest, AskingAgainIsAskingTheSame) {
  agent_.Inject(AgentFault::kClose);
  EXPECT_THAT(Sign(), IsOk());
  EXPECT_EQ(agent_.questions(), 2);
  EXPECT_EQ(agent_.connections(), 2);
}

TEST_F(AgentClientTest, GivesUpAnAgentThatClosesTimeAndAgain) {
  for (int i = 0; i < 8; ++i) agent_.Inject(AgentFault::kCloseMidFrame);
  EXPECT_THAT(Sign(), StatusIs(absl::StatusCode::kUnavailable,
                               HasSubstr("closed the connection")));
  EXPECT_EQ(agent_.questions(), 8);
  EXPECT_THAT(Sign(), IsOk());
}

TEST_F(AgentClientTest, OutlivesAnAgentThatRestarts) {
  ASSERT_THAT(Sign(), IsOk());
  agent_.Stop();
  agent_.Start();
  EXPECT_THAT(Sign(), IsOk());
}

TEST_F(AgentClientTest, WaitsForAnAgentThatIsOnItsWay) {
  ASSERT_THAT(Sign(), IsOk());
  agent_.Stop();
  std::thread signing([this] { EXPECT_THAT(Sign(), IsOk()); });
  agent_.Start();
  signing.join();
}

TEST_F(AgentClientTest, OneWaitsForAnAgentThatIsAwayTheNextDoNot) {
  agent_.Stop();
  EXPECT_THAT(Sign(kContent, std::chrono::milliseconds(30)),
              StatusIs(absl::StatusCode::kUnavailable,
                       HasSubstr("no keyhold-agent listens")));
  // Would take an hour if it waited.
  EXPECT_THAT(Sign(kContent, std::chrono::hours(1)),
              StatusIs(absl::StatusCode::kUnavailable,
                       HasSubstr("no keyhold-agent listens")));
  agent_.Start();
  EXPECT_THAT(Sign(), IsOk());
}

TEST_F(AgentClientTest, AnAgentThatIsLeavingIsAsGoodAsGone) {
  ASSERT_THAT(Sign(), IsOk());
  agent_.Inject(AgentFault::kDraining);
  EXPECT_THAT(Sign(), IsOk());
  EXPECT_EQ(agent_.questions(), 3);
  EXPECT_EQ(agent_.connections(), 2);
}

TEST_F(AgentClientTest, AnAgentThatTakesNobodyInAnyMoreIsToo) {
  agent_.Refuse(WithReason(absl::UnavailableError("the agent is about to stop"),
                           ErrorReason::kDraining));
  EXPECT_THAT(Sign(), IsOk());
  EXPECT_EQ(agent_.connections(), 2);
}

TEST_F(AgentClientTest, WhatFitsInNoFrameIsNotSent) {
  const std::string message(300000, 'm');
  EXPECT_THAT(Sign(MessageToSign{message}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("at most 262144 bytes")));
  EXPECT_EQ(agent_.questions(), 0);
  EXPECT_THAT(Sign(), IsOk());
}

TEST_F(AgentClientTest, RefusalsAreNotRepeated) {
  const absl::Status status =
      Sign(DigestToSign{HashAlgorithm::kSha256, std::string(32, 'd')}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetReason(status), ErrorReason::kUsageNotAllowed);
  EXPECT_EQ(agent_.questions(), 1);
}

TEST_F(AgentClientTest, AnAgentThatBabblesIsNotAskedAgain) {
  agent_.Inject(AgentFault::kGarbage);
  EXPECT_THAT(Sign(), StatusIs(absl::StatusCode::kInternal,
                               HasSubstr("is no keyhold-agent")));
  EXPECT_EQ(agent_.questions(), 1);
  EXPECT_THAT(Sign(), IsOk());
}

TEST_F(AgentClientTest, SilenceEndsAtTheDeadlineAndItsConnectionToo) {
  // On a connection that stands, so that the question arrives in any case.
  ASSERT_THAT(Sign(), IsOk());
  agent_.Inject(AgentFault::kSilence);
  EXPECT_THAT(Sign(kContent, std::chrono::milliseconds(20)),
              StatusIs(absl::StatusCode::kDeadlineExceeded,
                       HasSubstr("no answer in time")));
  agent_.WaitForQuestions(2);
  agent_.WaitForOpenConnections(0);
  EXPECT_THAT(Sign(), IsOk());
}

}  // namespace
}  // namespace keyhold::agent
