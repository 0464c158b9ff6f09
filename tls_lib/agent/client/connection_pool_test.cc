#include "tls_lib/agent/client/connection_pool.h"

#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/fakes/fake_agent.h"
#include "tests/fakes/test_folder.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold::agent {
namespace {

using Method = ForkWipedPage::Method;

class ConnectionPoolTest : public testing::TestWithParam<Method> {
 protected:
  std::unique_ptr<AgentConnection> Open() {
    return *AgentConnection::Open(
        {*AgentAddress::Parse(agent_.address()), geteuid()});
  }

  TestFolder folder_;
  FakeAgent agent_{folder_.PathOf("agent.sock"), {}};
  std::unique_ptr<ConnectionPool> pool_ = *ConnectionPool::Create(GetParam());
};

TEST_P(ConnectionPoolTest, GivesOutTheLastUsedFirst) {
  EXPECT_EQ(pool_->Take(), nullptr);
  auto first = Open();
  auto second = Open();
  AgentConnection* const address = second.get();
  pool_->Give(std::move(first));
  pool_->Give(std::move(second));
  EXPECT_EQ(pool_->Take().get(), address);
  EXPECT_NE(pool_->Take(), nullptr);
  EXPECT_EQ(pool_->Take(), nullptr);
}

TEST_P(ConnectionPoolTest, KeepsNotMoreThanEnough) {
  for (int i = 0; i < 80; ++i) pool_->Give(Open());
  agent_.WaitForOpenConnections(64);
  pool_->Clear();
  agent_.WaitForOpenConnections(0);
  EXPECT_EQ(pool_->Take(), nullptr);
}

TEST_P(ConnectionPoolTest, AChildFindsItEmpty) {
  pool_->Give(Open());
  pool_->set_agent_is_away(true);
  const uint64_t epoch = pool_->Epoch();
  const pid_t child = fork();
  if (child == 0) {
    const bool good = pool_->Epoch() != epoch && pool_->Take() == nullptr &&
                      !pool_->agent_is_away();
    pool_->Give(Open());
    _exit(good && pool_->Take() != nullptr ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(pool_->Epoch(), epoch);
  EXPECT_TRUE(pool_->agent_is_away());
  EXPECT_NE(pool_->Take(), nullptr);
}

// The agent must see the end of a parent that ends before its children.
TEST_P(ConnectionPoolTest, AChildClosesItsCopiesOfIdleConnections) {
  pool_->Give(Open());
  agent_.WaitForOpenConnections(1);
  int go[2];
  ASSERT_EQ(pipe(go), 0);
  const pid_t child = fork();
  if (child == 0) {
    pool_->Epoch();
    char byte;
    // Stays until its parent has seen the connection end.
    close(go[1]);
    _exit(read(go[0], &byte, 1) == 0 ? 0 : 1);
  }
  close(go[0]);
  pool_->Clear();
  agent_.WaitForOpenConnections(0);
  close(go[1]);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

INSTANTIATE_TEST_SUITE_P(Methods, ConnectionPoolTest,
                         testing::Values(Method::kKernel, Method::kProcessId),
                         [](const auto& info) {
                           return info.param == Method::kKernel ? "Kernel"
                                                                : "ProcessId";
                         });

}  // namespace
}  // namespace keyhold::agent
