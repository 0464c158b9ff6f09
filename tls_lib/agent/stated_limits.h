// What the agent tells a connection first.
#ifndef KEYHOLD_TLS_LIB_AGENT_STATED_LIMITS_H_
#define KEYHOLD_TLS_LIB_AGENT_STATED_LIMITS_H_

#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/agent/agent_settings.h"

namespace keyhold {

constexpr int kMaxItemsPerFrame = 64;

// `limits` as a connection gets to know them. Of the sizes of messages and the
// accepted usages the signer has the last word: they are the most that any
// signer takes.
signer::v1::ServiceLimits StatedLimits(const AgentLimits& limits);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_STATED_LIMITS_H_
