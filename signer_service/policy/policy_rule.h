// One rule of the policy, parsed.
#ifndef KEYHOLD_SIGNER_SERVICE_POLICY_POLICY_RULE_H_
#define KEYHOLD_SIGNER_SERVICE_POLICY_POLICY_RULE_H_

#include <optional>
#include <string>
#include <vector>

#include "signer_service/core/usage_set.h"
#include "signer_service/policy/patterns.h"
#include "signer_service/policy/scheme_set.h"

namespace keyhold {

// Grants `usages` of `keys`, with `schemes` and for `server_names`, to
// `identities`. config.proto's Rule documents each field.
struct PolicyRule {
  std::string name;
  std::vector<IdentityPattern> identities;
  std::vector<PrefixPattern> keys;
  // Null: the structured TLS forms of each key's roles. A form of another
  // role is never granted, whatever stands here.
  std::optional<UsageSet> usages;
  SchemeSet schemes = SchemeSet::All();
  // Empty: any name, and none.
  std::vector<DnsPattern> server_names;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_POLICY_POLICY_RULE_H_
