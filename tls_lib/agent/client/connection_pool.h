// The connections that one process has open to one agent.
#ifndef KEYHOLD_TLS_LIB_AGENT_CLIENT_CONNECTION_POOL_H_
#define KEYHOLD_TLS_LIB_AGENT_CLIENT_CONNECTION_POOL_H_

#include <array>
#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "tls_lib/agent/client/agent_connection.h"
#include "tls_lib/agent/client/fork_wiped_page.h"

namespace keyhold::agent {

// Hands out idle connections, the last used first, so that a server with one
// thread has one connection and a busy one as many as it has signatures under
// way. After a fork the child finds it empty: it closes its copies of the idle
// descriptors, and leaves alone those that were in use.
//
// Thread-safe. Its lock is held for a few instructions, never while anything
// waits, and a fork in another thread does not leave it held in the child.
class ConnectionPool {
 public:
  // ResourceExhausted: no memory.
  static absl::StatusOr<std::unique_ptr<ConnectionPool>> Create(
      ForkWipedPage::Method method = ForkWipedPage::Method::kKernel);

  // Which process this is: changes with a fork, never 0. A connection must
  // not be used, nor given back, in another epoch than that of its opening.
  uint64_t Epoch();

  // An idle connection of this process; null if there is none.
  std::unique_ptr<AgentConnection> Take();
  // Keeps it for the next signature; closes it if enough are idle.
  void Give(std::unique_ptr<AgentConnection> connection);
  // Closes all that are idle.
  void Clear();

  // Whether the agent was not to be had last time, so that nobody need wait
  // long for it: one signature has already.
  bool agent_is_away();
  void set_agent_is_away(bool away);

 private:
  static constexpr size_t kMostIdle = 64;
  struct State;
  class Lock;

  explicit ConnectionPool(std::unique_ptr<ForkWipedPage> page);
  State& Enter();

  const std::unique_ptr<ForkWipedPage> page_;
  // The page says which are this process's; the others are a parent's.
  std::array<std::unique_ptr<AgentConnection>, kMostIdle> slots_;
  // Grows from parent to child.
  uint64_t last_epoch_ = 0;
};

}  // namespace keyhold::agent

#endif  // KEYHOLD_TLS_LIB_AGENT_CLIENT_CONNECTION_POOL_H_
