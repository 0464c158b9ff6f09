// One connection to the agent.
#ifndef KEYHOLD_TLS_LIB_AGENT_CLIENT_AGENT_CONNECTION_H_
#define KEYHOLD_TLS_LIB_AGENT_CLIENT_AGENT_CONNECTION_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tls_lib/agent/client/agent_address.h"
#include "tls_lib/agent/client/frame.h"
#include "tls_lib/agent/client/sign_messages.h"
#include "tls_lib/agent/client/trusted_agent.h"
#include "tls_lib/agent/client/wait.h"

namespace keyhold::agent {

// Carries one question at a time, so that an answer is never somebody else's,
// and nobody waits behind somebody slower. Not thread-safe.
class AgentConnection {
 public:
  // Connects without blocking, then checks who listens (SO_PEERCRED: the
  // process that called listen(2); with a socket of the service manager's,
  // root). Errors as agent_error.h has them: Unavailable if it may be tried
  // again.
  static absl::StatusOr<std::unique_ptr<AgentConnection>> Open(
      const TrustedAgent& agent);
  // Leaves the descriptor alone if it is not this connection's any more.
  ~AgentConnection();
  AgentConnection(const AgentConnection&) = delete;
  AgentConnection& operator=(const AgentConnection&) = delete;

  // Whether the descriptor still is the socket that Open made. A server that
  // becomes a daemon may close whatever is open and get the number anew.
  bool IsIntact() const;

  // Asks, and returns the answer, whatever its status. Numbers the question.
  // After any error the connection is of no more use. Aborted: the connection
  // ended; what was asked may be asked again, since signing twice is signing
  // once. DeadlineExceeded. Internal: what came is not the answer. Any other
  // error is the agent's refusal to serve this process at all.
  absl::StatusOr<SignAnswer> Ask(SignQuestion& question, Wait& wait,
                                 SteadyTime deadline);

 private:
  AgentConnection(int socket, uint64_t inode, AgentAddress address);

  absl::Status Send(absl::string_view bytes, Wait& wait, SteadyTime deadline);
  absl::StatusOr<AnswerFrame> Receive(Wait& wait, SteadyTime deadline);
  absl::Status ReceiveMore(Wait& wait, SteadyTime deadline);
  absl::Status AwaitOrLate(short events, Wait& wait, SteadyTime deadline);

  const int socket_;
  const uint64_t inode_;
  const AgentAddress address_;
  FrameReader reader_;
  bool greeted_ = false;
  uint64_t last_id_ = 0;
};

}  // namespace keyhold::agent

#endif  // KEYHOLD_TLS_LIB_AGENT_CLIENT_AGENT_CONNECTION_H_
