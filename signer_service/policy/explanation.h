// Why policy allows or denies a request: for operators.
#ifndef KEYHOLD_SIGNER_SERVICE_POLICY_EXPLANATION_H_
#define KEYHOLD_SIGNER_SERVICE_POLICY_EXPLANATION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "signer_service/policy/identity.h"
#include "signer_service/policy/policy.h"

namespace keyhold {

// One request, as far as policy looks at it.
struct PolicyQuestion {
  Identity identity;
  std::string key_id;
  RoleSet roles;
  signer::v1::Usage usage = signer::v1::USAGE_UNSPECIFIED;
  // Null: any.
  std::optional<SignatureScheme> scheme;
  // Empty: the request states none.
  std::string server_name;
};

// What the service would answer: OK, or the error that the caller gets.
absl::Status AskPolicy(const Policy& policy, const PolicyQuestion& question);

// What one rule has to do with a request.
struct RuleVerdict {
  // Its name, or "rules[2]".
  std::string rule;
  bool allows;
  // "allows it", or the first hurdle: "names other callers" …
  std::string why;
};

struct PolicyExplanation {
  // As AskPolicy.
  absl::Status answer;
  // One for each rule, in order. Any one that allows is enough.
  std::vector<RuleVerdict> rules;
};

PolicyExplanation ExplainPolicy(const std::vector<PolicyRule>& rules,
                                const PolicyQuestion& question);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_POLICY_EXPLANATION_H_
