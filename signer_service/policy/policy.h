// Who may use which key for what. Default deny: a request is allowed if any
// one rule allows it.
//
//   Policy policy(rules);
//   CallerPolicy caller = policy.For(identity);  // once per connection
//   RETURN_IF_ERROR(caller.Authorize(key, wanted));
#ifndef KEYHOLD_SIGNER_SERVICE_POLICY_POLICY_H_
#define KEYHOLD_SIGNER_SERVICE_POLICY_POLICY_H_

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "signer_service/core/role_set.h"
#include "signer_service/core/usage_set.h"
#include "signer_service/policy/identity.h"
#include "signer_service/policy/policy_rule.h"
#include "signer_service/policy/scheme_set.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

class CallerPolicy;

// What a rule grants for keys of these roles: a form of another role never,
// whatever the rule says.
UsageSet UsagesGranted(const PolicyRule& rule, RoleSet roles);
// `server_name`: in lower case, or empty.
bool AllowsServerName(const PolicyRule& rule, absl::string_view server_name);

// What policy needs to know of a key.
struct PolicyKey {
  absl::string_view id;
  RoleSet roles;
};

// Immutable, thread-safe.
class Policy {
 public:
  // `agents`: who may say for which local user he asks.
  explicit Policy(std::vector<PolicyRule> rules,
                  std::vector<IdentityPattern> agents = {});

  // The rules for one caller. Reads every rule: keep the answer for as long
  // as the caller stays. It must not outlive this policy.
  CallerPolicy For(const Identity& identity) const;

  // What any caller may do with a key: the union of all rules. The vault
  // refuses all else.
  UsageSet UsageCeiling(const PolicyKey& key) const;

  bool IsAgent(const Identity& identity) const;

  // Whether a rule names this local user by number.
  bool NamesUid(uid_t uid) const { return uids_.contains(uid); }

  // All that decides, in one text: two policies of the same text answer
  // alike. Names of rules are no part of it.
  const std::string& canonical() const { return canonical_; }

 private:
  friend class CallerPolicy;

  // Rules by the keys that they name.
  struct KeyIndex {
    void Add(const PolicyRule& rule, uint32_t index);

    std::vector<uint32_t> all;
    // By the ids that they name in full, each rule once per id.
    absl::flat_hash_map<std::string, std::vector<uint32_t>> by_key_id;
    // Those with a "*" among their keys.
    std::vector<uint32_t> with_prefix;
  };
  // The rules that name the same callers: whom one of them names, all do.
  struct CallerClass {
    std::vector<IdentityPattern> identities;
    KeyIndex rules;
  };

  void Index();
  // Calls `visit` for each rule of `index` that names the key; perhaps twice
  // for one that names it in two ways.
  template <typename Visit>
  void ForEachRuleOf(const KeyIndex& index, absl::string_view key_id,
                     Visit visit) const;

  std::vector<PolicyRule> rules_;
  std::vector<IdentityPattern> agents_;
  // A caller's rules are found by the caller first, then by the key: so a key
  // that is none of his costs what a key costs that does not exist.
  std::vector<CallerClass> classes_;
  // All rules.
  KeyIndex all_;
  absl::flat_hash_set<uid_t> uids_;
  std::string canonical_;
};

// One caller's part of a policy. The time of a look-up does not depend on the
// number of keys, nor on rules for others or for other keys; only on how many
// different lists of identities name him, and on his rules that name keys by a
// prefix. For a key that he may not know of it is that of one that does not
// exist.
//
// Immutable, thread-safe, cheap to move.
class CallerPolicy {
 public:
  // What the caller may know of: the keys of all rules that name him. The
  // pointers live as long as the policy.
  std::vector<const PrefixPattern*> KeyPatterns() const;

  // Whether any rule names both caller and key. If not, the caller must not
  // learn that the key exists.
  bool MayKnow(absl::string_view key_id) const;

  // OK if a rule allows it all. `server_name`: in lower case, empty if the
  // request states none; a rule that lists names then does not allow it.
  //
  // KeyNotFoundError: may not know of the key. PermissionDenied, with the
  // reason of the first hurdle that no rule takes: kUsageNotAllowed,
  // kServerNameNotAllowed, kSchemeNotAllowed. Says what would be allowed.
  absl::Status Authorize(const PolicyKey& key, signer::v1::Usage usage,
                         SignatureScheme scheme,
                         absl::string_view server_name) const;

  // The schemes with which Authorize would be OK. Errors as Authorize for
  // all schemes at once; the set is never empty.
  absl::StatusOr<SchemeSet> AllowedSchemes(const PolicyKey& key,
                                           signer::v1::Usage usage,
                                           absl::string_view server_name) const;

  // The usages that some rule grants, whatever the scheme and server name.
  UsageSet AllowedUsages(const PolicyKey& key) const;
  // The schemes that some rule grants for a usage of `usages`, whatever the
  // server name.
  SchemeSet GrantedSchemes(const PolicyKey& key, UsageSet usages) const;

 private:
  friend class Policy;

  CallerPolicy(const Policy& policy, std::string caller,
               std::vector<uint32_t> classes)
      : policy_(&policy),
        caller_(std::move(caller)),
        classes_(std::move(classes)) {}

  // Calls `visit` for each rule that names both caller and key.
  template <typename Visit>
  void ForEachRuleOf(absl::string_view key_id, Visit visit) const;

  const Policy* policy_;
  std::string caller_;
  // The policy's classes that he belongs to.
  std::vector<uint32_t> classes_;
};

// How many look-ups of a key, patterns and rules this thread has gone through
// in any policy. Tests compare with it what two answers cost.
uint64_t PolicyWorkOfThisThread();

// The one answer for a key that does not exist and for one that the caller
// may not know of: NotFound (kKeyNotFound) with a text of its own that names
// nothing.
absl::Status KeyNotFoundError();

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_POLICY_POLICY_H_
