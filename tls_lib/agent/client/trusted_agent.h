// Whom a process takes for the agent.
#ifndef KEYHOLD_TLS_LIB_AGENT_CLIENT_TRUSTED_AGENT_H_
#define KEYHOLD_TLS_LIB_AGENT_CLIENT_TRUSTED_AGENT_H_

#include <sys/types.h>

#include <optional>

#include "tls_lib/agent/client/agent_address.h"

namespace keyhold::agent {

// The overflow uid (user_namespaces(7)) stands for whoever has no uid here, so
// it names nobody that could be trusted.
constexpr uid_t kOverflowUid = 65534;

// Whom a key file trusts to be the agent: root, and this uid, if any.
struct TrustedAgent {
  AgentAddress address;
  std::optional<uid_t> uid;
};

}  // namespace keyhold::agent

#endif  // KEYHOLD_TLS_LIB_AGENT_CLIENT_TRUSTED_AGENT_H_
