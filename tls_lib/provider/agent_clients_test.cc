#include "tls_lib/provider/agent_clients.h"

#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold::provider {
namespace {

agent::AgentClient* Find(const std::string& address,
                         std::optional<uid_t> uid = std::nullopt) {
  const auto client =
      FindAgentClient({*agent::AgentAddress::Parse(address), uid});
  EXPECT_THAT(client, IsOk());
  return *client;
}

TEST(AgentClientsTest, KeysOfOneAgentShareAClient) {
  EXPECT_EQ(Find("@a"), Find("@a"));
  EXPECT_EQ(Find("@a", 7), Find("@a", 7));
}

TEST(AgentClientsTest, WhoTrustsAnotherHasAnother) {
  EXPECT_NE(Find("@a"), Find("@b"));
  EXPECT_NE(Find("@a"), Find("@a", 7));
  EXPECT_NE(Find("@a", 7), Find("@a", 8));
}

TEST(AgentClientsTest, ThreadsAgree) {
  std::vector<agent::AgentClient*> found(8);
  std::vector<std::thread> threads;
  for (auto& client : found) {
    threads.emplace_back([&client] { client = Find("@threads"); });
  }
  for (std::thread& thread : threads) thread.join();
  for (auto* client : found) EXPECT_EQ(client, found[0]);
}

}  // namespace
}  // namespace keyhold::provider
