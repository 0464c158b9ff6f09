// What a reload of the agent replaces in one swap.
#ifndef KEYHOLD_TLS_LIB_AGENT_AGENT_STATE_H_
#define KEYHOLD_TLS_LIB_AGENT_AGENT_STATE_H_

#include <memory>

#include "tls_lib/agent/agent_settings.h"
#include "tls_lib/agent/local_policy.h"
#include "tls_lib/remote/signer_client.h"

namespace keyhold {

// Immutable, thread-safe.
struct AgentState {
  std::shared_ptr<const LocalPolicy> policy;
  std::shared_ptr<SignerClient> client;
  AgentLimits limits;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_AGENT_STATE_H_
