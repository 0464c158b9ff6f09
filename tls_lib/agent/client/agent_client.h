// Asks the agent for signatures, from within any process: one that forks, has
// no thread to spare, or sits in a chroot. No threads of its own, no gRPC.
#ifndef KEYHOLD_TLS_LIB_AGENT_CLIENT_AGENT_CLIENT_H_
#define KEYHOLD_TLS_LIB_AGENT_CLIENT_AGENT_CLIENT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/agent/client/agent_connection.h"
#include "tls_lib/agent/client/connection_pool.h"
#include "tls_lib/agent/client/wait.h"
#include "tls_lib/core/content_to_sign.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold::agent {

//   ASSIGN_OR_RETURN(std::unique_ptr<AgentClient> client,
//                    AgentClient::Create({address, uid}));
//   PollWait wait;
//   client->Sign(key.spki_sha256(), scheme, input, wait,
//                SteadyClock::now() + std::chrono::seconds(5));
//
// Connects at the first signature, so making one asks nobody. Thread-safe, and
// may be used before and after a fork, on both sides.
class AgentClient {
 public:
  // ResourceExhausted: no memory.
  static absl::StatusOr<std::unique_ptr<AgentClient>> Create(
      TrustedAgent agent,
      ForkWipedPage::Method method = ForkWipedPage::Method::kKernel);

  const TrustedAgent& agent() const { return agent_; }

  // The signature by the key of this hash, with `scheme`, over `input`.
  //
  // A connection that ends before the answer, or with the answer that the agent
  // is about to stop (an agent that restarts), is made anew and the question
  // repeated, eight times in all, before `deadline`. An agent that is not there
  // is waited for, also until `deadline`; but once a signature has failed so,
  // the next ones fail at once, until one connects: an agent that stays away
  // does not stop a server with one thread time and again.
  //
  // Errors are the signer's own, with their reasons (error_reason.h), or those
  // of AgentConnection; Unavailable also if the connection was lost each time.
  absl::StatusOr<std::string> Sign(absl::string_view spki_sha256,
                                   SignatureScheme scheme,
                                   const ContentToSign& input, Wait& wait,
                                   SteadyTime deadline);

 private:
  AgentClient(TrustedAgent agent, std::unique_ptr<ConnectionPool> pool)
      : agent_(std::move(agent)), pool_(std::move(pool)) {}

  absl::StatusOr<std::unique_ptr<AgentConnection>> Connect(Wait& wait,
                                                           SteadyTime deadline);
  absl::StatusOr<SignAnswer> AskOnce(SignQuestion& question, Wait& wait,
                                     SteadyTime deadline);

  const TrustedAgent agent_;
  const std::unique_ptr<ConnectionPool> pool_;
};

}  // namespace keyhold::agent

#endif  // KEYHOLD_TLS_LIB_AGENT_CLIENT_AGENT_CLIENT_H_
