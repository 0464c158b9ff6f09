#include "tls_lib/agent/local_policy.h"

#include "absl/algorithm/container.h"

namespace keyhold {
namespace {

bool UserMatches(const LocalRule& rule, uid_t uid) {
  return !rule.users.has_value() || rule.users->empty() ||
         absl::c_linear_search(*rule.users, uid);
}

bool GroupMatches(const LocalRule& rule, gid_t gid) {
  return !rule.groups.has_value() ||
         (gid != kOverflowId && absl::c_linear_search(*rule.groups, gid));
}

bool Matches(const LocalRule& rule, const UnixPeer& caller) {
  return (rule.users.has_value() || rule.groups.has_value()) &&
         UserMatches(rule, caller.uid) && GroupMatches(rule, caller.gid);
}

}  // namespace

CallerRights LocalPolicy::RightsOf(const UnixPeer& caller) const {
  CallerRights rights;
  if (caller.uid == kOverflowId) return rights;
  for (const LocalRule& rule : rules_) {
    if (Matches(rule, caller)) rights.rules_.push_back(&rule);
  }
  return rights;
}

bool LocalPolicy::NeedsIds() const {
  return absl::c_any_of(rules_, [](const LocalRule& rule) {
    return absl::c_any_of(rule.keys, [](const KeyPattern& key) {
      return !key.is_every_key() && key.spki_sha256().empty();
    });
  });
}

Verdict CallerRights::Decide(
    absl::string_view spki_sha256,
    std::optional<absl::Span<const std::string>> ids) const {
  bool ids_matter = false;
  for (const LocalRule* rule : rules_) {
    for (const KeyPattern& key : rule->keys) {
      if (key.is_every_key()) return Verdict::kAllowed;
      if (!key.spki_sha256().empty()) {
        if (key.spki_sha256() == spki_sha256) return Verdict::kAllowed;
        continue;
      }
      ids_matter = true;
      if (ids.has_value() &&
          absl::c_any_of(*ids, [&key](const std::string& id) {
            return key.MatchesId(id);
          })) {
        return Verdict::kAllowed;
      }
    }
  }
  return ids_matter && !ids.has_value() ? Verdict::kNeedsIds
                                        : Verdict::kRefused;
}

}  // namespace keyhold
