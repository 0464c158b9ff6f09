#include "signer_service/policy/explanation.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

std::string NameOf(const PolicyRule& rule, size_t index) {
  return rule.name.empty() ? absl::StrCat("rules[", index, "]") : rule.name;
}

// The first hurdle that the rule does not take; empty if it allows.
std::string HurdleOf(const PolicyRule& rule, const PolicyQuestion& question) {
  if (std::none_of(rule.identities.begin(), rule.identities.end(),
                   [&](const IdentityPattern& pattern) {
                     return pattern.Matches(question.identity);
                   })) {
    return "names other callers";
  }
  if (std::none_of(rule.keys.begin(), rule.keys.end(),
                   [&](const PrefixPattern& pattern) {
                     return pattern.Matches(question.key_id);
                   })) {
    return "names other keys";
  }
  const UsageSet usages = UsagesGranted(rule, question.roles);
  if (!usages.Contains(question.usage)) {
    return absl::StrCat("grants this key other usages: ", usages.ToString());
  }
  if (!AllowsServerName(rule, absl::AsciiStrToLower(question.server_name))) {
    return question.server_name.empty()
               ? "is for certain server names, and the request states none"
               : "is for other server names";
  }
  if (question.scheme.has_value() ? !rule.schemes.Contains(*question.scheme)
                                  : rule.schemes.empty()) {
    return absl::StrCat("grants other schemes: ", rule.schemes.ToString());
  }
  return "";
}

}  // namespace

absl::Status AskPolicy(const Policy& policy, const PolicyQuestion& question) {
  const CallerPolicy caller = policy.For(question.identity);
  const PolicyKey key{question.key_id, question.roles};
  const std::string server_name = absl::AsciiStrToLower(question.server_name);
  if (question.scheme.has_value()) {
    return caller.Authorize(key, question.usage, *question.scheme, server_name);
  }
  return caller.AllowedSchemes(key, question.usage, server_name).status();
}

PolicyExplanation ExplainPolicy(const std::vector<PolicyRule>& rules,
                                const PolicyQuestion& question) {
  PolicyExplanation explanation;
  explanation.answer = AskPolicy(Policy(rules), question);
  for (size_t i = 0; i < rules.size(); ++i) {
    const std::string hurdle = HurdleOf(rules[i], question);
    explanation.rules.push_back({NameOf(rules[i], i), hurdle.empty(),
                                 hurdle.empty() ? "allows it" : hurdle});
  }
  return explanation;
}

}  // namespace keyhold
