// Reads the rules of agent.yaml.
#ifndef KEYHOLD_TLS_LIB_AGENT_AGENT_RULES_H_
#define KEYHOLD_TLS_LIB_AGENT_AGENT_RULES_H_

#include <string>
#include <vector>

#include "keyhold/agent/v1/config.pb.h"
#include "proto/yaml/fault_list.h"
#include "tls_lib/agent/local_policy.h"

namespace keyhold {

struct ReadLocalRules {
  std::vector<LocalRule> rules;
  // Rules that let every user in, one line each, with their place.
  std::vector<std::string> warnings;
};

// Adds to `faults`: a rule without users and groups, or without keys, a user
// or group that this machine does not have, "*" beside other users, a key
// pattern that does not parse. The result is of use only if there are none.
// May block: FindUser.
ReadLocalRules ReadAgentRules(const agent::v1::AgentConfig& config,
                              FaultList& faults);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_AGENT_RULES_H_
