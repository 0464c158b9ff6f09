// Reads the policy part of a configuration.
#ifndef KEYHOLD_SIGNER_SERVICE_CONFIG_RULE_READER_H_
#define KEYHOLD_SIGNER_SERVICE_CONFIG_RULE_READER_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "google/protobuf/repeated_ptr_field.h"
#include "keyhold/signer/v1/config.pb.h"
#include "proto/yaml/fault_list.h"
#include "signer_service/policy/policy_rule.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

struct ReadRules {
  std::vector<PolicyRule> rules;
  // Usages that make a host an oracle, one line each, with their place.
  std::vector<std::string> warnings;
};

// Adds to `faults`: a rule without identities or keys, a pattern that does
// not parse, one identity twice in a rule, an unknown scheme, two rules of
// one name. The result is of use only if there are none.
ReadRules ReadPolicyRules(const signer::v1::Policy& policy, FaultList& faults);

// Patterns of callers. Adds to `faults`: one that does not parse. `path` is the
// list's.
std::vector<IdentityPattern> ReadIdentityPatterns(
    const google::protobuf::RepeatedPtrField<std::string>& texts,
    absl::string_view path, FaultList& faults);

// Names of schemes to schemes, in order. Adds to `faults`: an unknown name, a
// name given twice. `path` is the list's.
std::vector<SignatureScheme> ReadSchemes(
    const google::protobuf::RepeatedPtrField<std::string>& names,
    absl::string_view path, FaultList& faults);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_CONFIG_RULE_READER_H_
