// The client that servers load, with a real agent: what a restart, a fork and
// a signer's restart under load cost. Nothing may.
#include "tls_lib/agent/client/agent_client.h"

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/test_agent.h"
#include "tests/fakes/fake_signer.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signed_content.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using agent::AgentClient;
using ::testing::HasSubstr;

FakeKey Key() {
  FakeKey key;
  key.id = "www";
  key.pem = TestKeyPem(TestKeyKind::kP256);
  return key;
}

class AgentClientTest : public testing::Test {
 protected:
  AgentClientTest() {
    agent_.Start();
    client_ = *AgentClient::Create(
        {*agent::AgentAddress::Parse(agent_.socket_path()), geteuid()});
  }

  // Signs once, and verifies.
  absl::Status Sign(absl::string_view seed) {
    std::string hash(seed);
    hash.resize(32, '.');
    agent::PollWait wait;
    const absl::StatusOr<std::string> signature = client_->Sign(
        key_.spki_sha256(), SignatureScheme::kEcdsaSecp256r1Sha256,
        Tls13SignedContent{Role::kServer, hash}, wait,
        agent::SteadyClock::now() + std::chrono::seconds(60));
    if (!signature.ok()) return signature.status();
    return key_.Verify(SignatureScheme::kEcdsaSecp256r1Sha256,
                       *AssembleTls13CertificateVerify({Role::kServer, hash}),
                       *signature);
  }

  // Signs on threads until told to stop.
  void StartLoad() {
    for (int i = 0; i < 4; ++i) {
      threads_.emplace_back([this, i] {
        for (int k = 0; !stop_; ++k) {
          const absl::Status status = Sign(absl::StrCat(i, "/", k));
          EXPECT_THAT(status, IsOk());
          ++signed_;
        }
      });
    }
  }
  // Returns when so many more signatures were made.
  void AwaitMore(int count) const {
    const int until = signed_ + count;
    while (signed_ < until) std::this_thread::yield();
  }
  void StopLoad() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

  const PublicKey key_ = *PublicKey::FromSpki(TestKeySpki(TestKeyKind::kP256));
  FakeSigner signer_{{Key()}};
  TestAgent agent_{signer_.ClientOptions(), TestAgent::OwnRule()};
  std::unique_ptr<AgentClient> client_;
  std::vector<std::thread> threads_;
  std::atomic<bool> stop_{false};
  std::atomic<int> signed_{0};
};

TEST_F(AgentClientTest, AnAgentThatIsKilledAndRestartedFailsNoSignature) {
  StartLoad();
  for (int round = 0; round < 5; ++round) {
    AwaitMore(50);
    agent_.Kill();
    agent_.Start();
  }
  AwaitMore(50);
  StopLoad();
}

TEST_F(AgentClientTest, NorDoesOneThatIsStoppedAndStarted) {
  StartLoad();
  for (int round = 0; round < 5; ++round) {
    AwaitMore(50);
    EXPECT_EQ(agent_.Stop(), 0);
    agent_.Start();
  }
  AwaitMore(50);
  StopLoad();
}

TEST_F(AgentClientTest, NorASignerThatRestarts) {
  StartLoad();
  for (int round = 0; round < 3; ++round) {
    AwaitMore(50);
    signer_.Stop();
    signer_.Start();
  }
  AwaitMore(50);
  StopLoad();
}

TEST_F(AgentClientTest, NorReloads) {
  StartLoad();
  for (int round = 0; round < 10; ++round) {
    AwaitMore(20);
    EXPECT_THAT(agent_.Reload(), HasSubstr("\"event\":\"reload\""));
  }
  StopLoad();
}

TEST_F(AgentClientTest, ForksUseConnectionsOfTheirOwn) {
  ASSERT_THAT(Sign("before"), IsOk());
  std::vector<pid_t> children;
  for (int i = 0; i < 5; ++i) {
    const pid_t child = fork();
    if (child == 0) {
      bool good = true;
      for (int k = 0; k < 20; ++k) good &= Sign(absl::StrCat(i, "-", k)).ok();
      _exit(good ? 0 : 1);
    }
    children.push_back(child);
  }
  for (int k = 0; k < 20; ++k) EXPECT_THAT(Sign(absl::StrCat(k)), IsOk());
  for (const pid_t child : children) {
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
}

TEST_F(AgentClientTest, RefusalsOfTheAgentReachTheServersErrorLog) {
  agent_.SetRules("[]");
  EXPECT_THAT(agent_.Reload(), HasSubstr("\"event\":\"reload\""));
  EXPECT_THAT(Sign("x"),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("may use no key of this agent; add a rule to "
                                 "agent.yaml")));
}

}  // namespace
}  // namespace keyhold
