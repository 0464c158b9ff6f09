#include "tls_lib/provider/agent_clients.h"

#include <atomic>
#include <memory>

#include "tls_lib/base/status_macros.h"

namespace keyhold::provider {
namespace {

struct Node {
  std::unique_ptr<agent::AgentClient> client;
  Node* next;
};

// Only ever grows, at the front.
std::atomic<Node*> g_clients{nullptr};

agent::AgentClient* FindFrom(Node* node, const agent::TrustedAgent& wanted) {
  for (; node != nullptr; node = node->next) {
    const agent::TrustedAgent& agent = node->client->agent();
    if (agent.address == wanted.address && agent.uid == wanted.uid) {
      return node->client.get();
    }
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<agent::AgentClient*> FindAgentClient(
    const agent::TrustedAgent& agent) {
  Node* first = g_clients.load(std::memory_order_acquire);
  if (agent::AgentClient* known = FindFrom(first, agent)) return known;
  ASSIGN_OR_RETURN(std::unique_ptr<agent::AgentClient> client,
                   agent::AgentClient::Create(agent));
  auto node = std::make_unique<Node>(Node{std::move(client), first});
  while (!g_clients.compare_exchange_weak(node->next, node.get(),
                                          std::memory_order_acq_rel)) {
    if (agent::AgentClient* known = FindFrom(node->next, agent)) return known;
  }
  return node.release()->client.get();
}

}  // namespace keyhold::provider
