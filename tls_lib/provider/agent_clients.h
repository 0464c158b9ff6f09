// The clients of this process, one for each agent that its key files name.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_AGENT_CLIENTS_H_
#define KEYHOLD_TLS_LIB_PROVIDER_AGENT_CLIENTS_H_

#include "absl/status/statusor.h"
#include "tls_lib/agent/client/agent_client.h"

namespace keyhold::provider {

// The client of this agent, made if there is none yet; keys that share an
// agent share its connections. Never freed: a key may outlive the provider's
// unloading, and reloading a server's configuration must not add up. There are
// as many as agents in key files: one, as a rule.
//
// ResourceExhausted: no memory. Thread-safe, without a lock that a fork could
// leave held.
absl::StatusOr<agent::AgentClient*> FindAgentClient(
    const agent::TrustedAgent& agent);

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_AGENT_CLIENTS_H_
