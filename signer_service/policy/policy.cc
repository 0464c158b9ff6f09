#include "signer_service/policy/policy.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using signer::v1::Usage;

// See PolicyWorkOfThisThread.
thread_local uint64_t work = 0;

// All that keys of these roles may ever be granted: a rule cannot make a
// client key sign as a server.
UsageSet Grantable(RoleSet roles) {
  UsageSet usages = roles.TlsForms();
  for (int value = signer::v1::Usage_MIN; value <= signer::v1::Usage_MAX;
       ++value) {
    const Usage usage = static_cast<Usage>(value);
    if (!TlsVersionOf(usage).has_value()) usages.Insert(usage);
  }
  return usages;
}

bool MatchesPrefix(const PolicyRule& rule, absl::string_view key_id) {
  return std::any_of(rule.keys.begin(), rule.keys.end(),
                     [&](const PrefixPattern& pattern) {
                       return pattern.is_prefix() && pattern.Matches(key_id);
                     });
}

// Lengths stand before texts, so that no text can imitate another list.
void AppendText(std::string& to, absl::string_view text) {
  absl::StrAppend(&to, text.size(), ":", text, ";");
}

std::string CanonicalIdentities(const PolicyRule& rule) {
  std::string text = "identities;";
  for (const IdentityPattern& pattern : rule.identities) {
    AppendText(text, pattern.canonical());
  }
  return text;
}

std::string Canonical(const PolicyRule& rule) {
  std::string text = CanonicalIdentities(rule);
  text += "keys;";
  for (const PrefixPattern& pattern : rule.keys) {
    AppendText(text,
               absl::StrCat(pattern.text(), pattern.is_prefix() ? "*" : ""));
  }
  text += "usages;";
  AppendText(text,
             rule.usages.has_value() ? rule.usages->ToString() : "default");
  text += "schemes;";
  AppendText(text, rule.schemes.ToString());
  text += "server_names;";
  for (const DnsPattern& pattern : rule.server_names) {
    AppendText(text,
               absl::StrCat(pattern.is_wildcard() ? "*." : "", pattern.name()));
  }
  return text;
}

absl::Status UsageNotAllowedError(absl::string_view caller,
                                  const PolicyKey& key, Usage usage,
                                  UsageSet allowed) {
  return WithReason(
      absl::PermissionDeniedError(absl::StrCat(
          "policy does not let ", caller, " use key ", key.id, " for ",
          UsageName(usage), "; it allows: ", allowed.ToString())),
      ErrorReason::kUsageNotAllowed);
}

absl::Status SchemeNotAllowedError(absl::string_view caller,
                                   const PolicyKey& key, Usage usage,
                                   absl::string_view scheme,
                                   SchemeSet allowed) {
  return WithReason(absl::PermissionDeniedError(absl::StrCat(
                        "policy does not let ", caller, " use key ", key.id,
                        " for ", UsageName(usage), " with ", scheme,
                        "; it allows: ", allowed.ToString())),
                    ErrorReason::kSchemeNotAllowed);
}

absl::Status ServerNameNotAllowedError(absl::string_view caller,
                                       const PolicyKey& key, Usage usage,
                                       absl::string_view server_name) {
  return WithReason(
      absl::PermissionDeniedError(absl::StrCat(
          "policy lets ", caller, " use key ", key.id, " for ",
          UsageName(usage), " for certain server names only, and ",
          server_name.empty()
              ? "the request states none"
              : absl::StrCat("\"", server_name, "\" is none of them"))),
      ErrorReason::kServerNameNotAllowed);
}

}  // namespace

UsageSet UsagesGranted(const PolicyRule& rule, RoleSet roles) {
  if (!rule.usages.has_value()) return roles.TlsForms();
  return rule.usages->Intersect(Grantable(roles));
}

bool AllowsServerName(const PolicyRule& rule, absl::string_view server_name) {
  if (rule.server_names.empty()) return true;
  return std::any_of(
      rule.server_names.begin(), rule.server_names.end(),
      [&](const DnsPattern& pattern) { return pattern.Matches(server_name); });
}

absl::Status KeyNotFoundError() {
  return WithReason(
      absl::NotFoundError("no such key, or none that the caller may know of"),
      ErrorReason::kKeyNotFound);
}

uint64_t PolicyWorkOfThisThread() { return work; }

Policy::Policy(std::vector<PolicyRule> rules,
               std::vector<IdentityPattern> agents)
    : rules_(std::move(rules)), agents_(std::move(agents)) {
  Index();
  std::vector<std::string> texts;
  for (const IdentityPattern& agent : agents_) {
    texts.push_back("agent;");
    AppendText(texts.back(), agent.canonical());
  }
  for (const PolicyRule& rule : rules_) {
    texts.push_back(Canonical(rule));
    for (const IdentityPattern& pattern : rule.identities) {
      if (pattern.uid().has_value()) uids_.insert(*pattern.uid());
    }
  }
  // Any one rule allows: their order decides nothing.
  std::sort(texts.begin(), texts.end());
  for (const std::string& text : texts) AppendText(canonical_, text);
}

void Policy::Index() {
  absl::flat_hash_map<std::string, size_t> class_of;
  for (uint32_t i = 0; i < rules_.size(); ++i) {
    const PolicyRule& rule = rules_[i];
    const auto [entry, is_new] =
        class_of.emplace(CanonicalIdentities(rule), classes_.size());
    if (is_new) classes_.push_back({rule.identities, {}});
    classes_[entry->second].rules.Add(rule, i);
    all_.Add(rule, i);
  }
}

void Policy::KeyIndex::Add(const PolicyRule& rule, uint32_t index) {
  all.push_back(index);
  bool has_prefix = false;
  for (const PrefixPattern& pattern : rule.keys) {
    if (pattern.is_prefix()) {
      has_prefix = true;
      continue;
    }
    std::vector<uint32_t>& of_key = by_key_id[pattern.text()];
    if (of_key.empty() || of_key.back() != index) of_key.push_back(index);
  }
  if (has_prefix) with_prefix.push_back(index);
}

template <typename Visit>
void Policy::ForEachRuleOf(const KeyIndex& index, absl::string_view key_id,
                           Visit visit) const {
  ++work;
  const auto found = index.by_key_id.find(key_id);
  if (found != index.by_key_id.end()) {
    work += found->second.size();
    for (const uint32_t rule : found->second) visit(rules_[rule]);
  }
  for (const uint32_t rule : index.with_prefix) {
    work += rules_[rule].keys.size();
    if (MatchesPrefix(rules_[rule], key_id)) visit(rules_[rule]);
  }
}

CallerPolicy Policy::For(const Identity& identity) const {
  std::vector<uint32_t> classes;
  for (uint32_t i = 0; i < classes_.size(); ++i) {
    const std::vector<IdentityPattern>& patterns = classes_[i].identities;
    if (std::any_of(patterns.begin(), patterns.end(),
                    [&](const IdentityPattern& pattern) {
                      return pattern.Matches(identity);
                    })) {
      classes.push_back(i);
    }
  }
  return CallerPolicy(*this, identity.name(), std::move(classes));
}

bool Policy::IsAgent(const Identity& identity) const {
  return std::any_of(agents_.begin(), agents_.end(),
                     [&](const IdentityPattern& pattern) {
                       return pattern.Matches(identity);
                     });
}

UsageSet Policy::UsageCeiling(const PolicyKey& key) const {
  UsageSet ceiling;
  ForEachRuleOf(all_, key.id, [&](const PolicyRule& rule) {
    ceiling.InsertAll(UsagesGranted(rule, key.roles));
  });
  return ceiling;
}

template <typename Visit>
void CallerPolicy::ForEachRuleOf(absl::string_view key_id, Visit visit) const {
  for (const uint32_t index : classes_) {
    policy_->ForEachRuleOf(policy_->classes_[index].rules, key_id, visit);
  }
}

std::vector<const PrefixPattern*> CallerPolicy::KeyPatterns() const {
  std::vector<const PrefixPattern*> patterns;
  absl::flat_hash_set<std::pair<absl::string_view, bool>> seen;
  for (const uint32_t index : classes_) {
    const Policy::KeyIndex& rules = policy_->classes_[index].rules;
    for (const uint32_t rule : rules.all) {
      for (const PrefixPattern& pattern : policy_->rules_[rule].keys) {
        if (seen.emplace(pattern.text(), pattern.is_prefix()).second) {
          patterns.push_back(&pattern);
        }
      }
    }
  }
  return patterns;
}

bool CallerPolicy::MayKnow(absl::string_view key_id) const {
  bool known = false;
  ForEachRuleOf(key_id, [&](const PolicyRule&) { known = true; });
  return known;
}

absl::StatusOr<SchemeSet> CallerPolicy::AllowedSchemes(
    const PolicyKey& key, Usage usage, absl::string_view server_name) const {
  bool known = false;
  bool usage_allowed = false;
  UsageSet usages;
  SchemeSet schemes;
  ForEachRuleOf(key.id, [&](const PolicyRule& rule) {
    known = true;
    const UsageSet granted = UsagesGranted(rule, key.roles);
    usages.InsertAll(granted);
    if (!granted.Contains(usage)) return;
    usage_allowed = true;
    if (AllowsServerName(rule, server_name)) schemes.InsertAll(rule.schemes);
  });
  if (!known) return KeyNotFoundError();
  if (!usage_allowed) return UsageNotAllowedError(caller_, key, usage, usages);
  if (schemes.empty()) {
    return ServerNameNotAllowedError(caller_, key, usage, server_name);
  }
  return schemes;
}

absl::Status CallerPolicy::Authorize(const PolicyKey& key, Usage usage,
                                     SignatureScheme scheme,
                                     absl::string_view server_name) const {
  ASSIGN_OR_RETURN(const SchemeSet allowed,
                   AllowedSchemes(key, usage, server_name));
  if (allowed.Contains(scheme)) return absl::OkStatus();
  return SchemeNotAllowedError(caller_, key, usage, SchemeName(scheme),
                               allowed);
}

UsageSet CallerPolicy::AllowedUsages(const PolicyKey& key) const {
  UsageSet usages;
  ForEachRuleOf(key.id, [&](const PolicyRule& rule) {
    usages.InsertAll(UsagesGranted(rule, key.roles));
  });
  return usages;
}

SchemeSet CallerPolicy::GrantedSchemes(const PolicyKey& key,
                                       UsageSet usages) const {
  SchemeSet schemes;
  ForEachRuleOf(key.id, [&](const PolicyRule& rule) {
    if (UsagesGranted(rule, key.roles).Intersect(usages).empty()) return;
    schemes.InsertAll(rule.schemes);
  });
  return schemes;
}

}  // namespace keyhold
