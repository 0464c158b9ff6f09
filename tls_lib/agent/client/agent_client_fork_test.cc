// Servers fork: before, between and during signatures.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/fakes/fake_agent.h"
#include "tests/fakes/test_folder.h"
#include "tls_lib/agent/client/agent_client.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signed_content.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold::agent {
namespace {

using Method = ForkWipedPage::Method;

constexpr SignatureScheme kScheme = SignatureScheme::kEcdsaSecp256r1Sha256;

class AgentClientForkTest : public testing::TestWithParam<Method> {
 protected:
  bool Signs() {
    PollWait wait;
    return client_
        ->Sign(key_.spki_sha256(), kScheme,
               Tls13SignedContent{Role::kServer, std::string(32, 'h')}, wait,
               SteadyClock::now() + std::chrono::minutes(1))
        .ok();
  }

  // A child that exits with 0 if `body` is true.
  template <typename Body>
  pid_t Fork(Body body) {
    const pid_t child = fork();
    if (child == 0) _exit(body() ? 0 : 1);
    return child;
  }
  static void ExpectSuccess(pid_t child) {
    int status = -1;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }

  const PublicKey key_ = *PublicKey::FromSpki(TestKeySpki(TestKeyKind::kP256));
  TestFolder folder_;
  FakeAgent agent_{
      folder_.PathOf("agent.sock"),
      {{"www", "", TestKeyPem(TestKeyKind::kP256), "", {Role::kServer}, {}}}};
  std::unique_ptr<AgentClient> client_ = *AgentClient::Create(
      {*AgentAddress::Parse(agent_.address()), geteuid()}, GetParam());
};

TEST_P(AgentClientForkTest, EachSideHasItsOwnConnection) {
  ASSERT_TRUE(Signs());
  const pid_t child = Fork([&] {
    if (!Signs() || !Signs()) return false;
    const pid_t grandchild = Fork([&] { return Signs(); });
    int status = -1;
    return waitpid(grandchild, &status, 0) == grandchild && status == 0 &&
           Signs();
  });
  EXPECT_TRUE(Signs());
  ExpectSuccess(child);
  EXPECT_TRUE(Signs());
  EXPECT_EQ(agent_.connections(), 3);
}

TEST_P(AgentClientForkTest, ManyWorkersAtOnce) {
  ASSERT_TRUE(Signs());
  std::vector<pid_t> children;
  for (int i = 0; i < 8; ++i) {
    children.push_back(Fork([&] {
      for (int j = 0; j < 20; ++j) {
        if (!Signs()) return false;
      }
      return true;
    }));
  }
  for (const pid_t child : children) ExpectSuccess(child);
  EXPECT_TRUE(Signs());
}

// A lock that another thread holds at the moment of the fork, and a pool that
// it is about to change, must not reach the child.
TEST_P(AgentClientForkTest, ForksWhileOtherThreadsSign) {
  std::atomic<bool> stop{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      while (!stop) EXPECT_TRUE(Signs());
    });
  }
  for (int i = 0; i < 50; ++i) ExpectSuccess(Fork([&] { return Signs(); }));
  stop = true;
  for (std::thread& thread : threads) thread.join();
}

// As HAProxy has it: no threads, and no way back to the file system.
TEST_P(AgentClientForkTest, NeedsNoThread) {
  ExpectSuccess(Fork([&] {
    const rlimit none = {0, 0};
    return setrlimit(RLIMIT_NPROC, &none) == 0 && Signs();
  }));
}

INSTANTIATE_TEST_SUITE_P(Methods, AgentClientForkTest,
                         testing::Values(Method::kKernel, Method::kProcessId),
                         [](const auto& info) {
                           return info.param == Method::kKernel ? "Kernel"
                                                                : "ProcessId";
                         });

TEST(AgentClientChrootTest, AnAbstractSocketReachesIntoAChroot) {
  const std::string address = "@keyhold-chroot-" + std::to_string(getpid());
  FakeAgent agent(
      address,
      {{"www", "", TestKeyPem(TestKeyKind::kP256), "", {Role::kServer}, {}}});
  auto client =
      *AgentClient::Create({*AgentAddress::Parse(address), geteuid()});
  const PublicKey key = *PublicKey::FromSpki(TestKeySpki(TestKeyKind::kP256));
  TestFolder folder;
  const pid_t child = fork();
  if (child == 0) {
    // Not everybody may: then the current root is as good as any.
    if (geteuid() == 0 && chroot(folder.path().c_str()) != 0) _exit(2);
    PollWait wait;
    _exit(client->Sign(key.spki_sha256(), kScheme,
                       Tls13SignedContent{Role::kServer, std::string(32, 'h')},
                       wait, SteadyClock::now() + std::chrono::minutes(1))
                  .ok()
              ? 0
              : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  agent.Stop();
}

}  // namespace
}  // namespace keyhold::agent
