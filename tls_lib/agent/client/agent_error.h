// What goes wrong between a process and the agent, in words for the error log
// of whatever server the process is.
#ifndef KEYHOLD_TLS_LIB_AGENT_CLIENT_AGENT_ERROR_H_
#define KEYHOLD_TLS_LIB_AGENT_CLIENT_AGENT_ERROR_H_

#include <sys/types.h>

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tls_lib/agent/client/agent_address.h"

namespace keyhold::agent {

// Unavailable: nobody listens there; waiting may help.
absl::Status AgentNotThereError(const AgentAddress& agent, int error);
// PermissionDenied: this process may not connect.
absl::Status MayNotConnectError(const AgentAddress& agent, int error);
// PermissionDenied: whoever listens there is not whom the key file trusts.
absl::Status FalseAgentError(const AgentAddress& agent, uid_t uid,
                             std::optional<uid_t> trusted);
// ResourceExhausted: no descriptor is left.
absl::Status NoDescriptorError(int error);
// Internal: a call of the system failed that should not.
absl::Status SystemCallError(const AgentAddress& agent, absl::string_view call,
                             int error);
// DeadlineExceeded: connected, or not even that.
absl::Status NoAnswerError(const AgentAddress& agent);
// Aborted: its queue is full just now. May be tried anew.
absl::Status BusyAgentError(const AgentAddress& agent);
// Aborted: the connection ended before the answer. May be tried anew.
absl::Status LostConnectionError(const AgentAddress& agent);
// InvalidArgument: a question of so many bytes fits in no frame.
absl::Status TooLargeError(size_t bytes);
// Internal: the agent does not speak this protocol. `what` says in which way.
absl::Status ProtocolError(const AgentAddress& agent, absl::string_view what);

}  // namespace keyhold::agent

#endif  // KEYHOLD_TLS_LIB_AGENT_CLIENT_AGENT_ERROR_H_
