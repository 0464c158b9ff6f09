#include "signer_service/policy/policy.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using signer::v1::Usage;

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

UsageSet UsagesOf(const PolicyRule& rule, RoleSet roles) {
  if (!rule.usages.has_value()) return roles.TlsForms();
  return rule.usages->Intersect(Grantable(roles));
}

bool AllowsServerName(const PolicyRule& rule, absl::string_view server_name) {
  if (rule.server_names.empty()) return true;
  return std::any_of(
      rule.server_names.begin(), rule.server_names.end(),
      [&](const DnsPattern& pattern) { return pattern.Matches(server_name); });
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

std::string Canonical(const PolicyRule& rule) {
  std::string text = "identities;";
  for (const IdentityPattern& pattern : rule.identities) {
    AppendText(text, pattern.canonical());
  }
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

absl::Status KeyNotFoundError() {
  return WithReason(
      absl::NotFoundError("no such key, or none that the caller may know of"),
      ErrorReason::kKeyNotFound);
}

Policy::Policy(std::vector<PolicyRule> rules) : rules_(std::move(rules)) {
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < rules_.size(); ++i) {
    bool has_prefix = false;
    for (const PrefixPattern& pattern : rules_[i].keys) {
      if (pattern.is_prefix()) {
        has_prefix = true;
        continue;
      }
      std::vector<uint32_t>& of_key = by_key_id_[pattern.text()];
      if (of_key.empty() || of_key.back() != i) of_key.push_back(i);
    }
    if (has_prefix) with_key_prefix_.push_back(i);
    for (const IdentityPattern& pattern : rules_[i].identities) {
      if (pattern.uid().has_value()) uids_.insert(*pattern.uid());
    }
    texts.push_back(Canonical(rules_[i]));
  }
  // Any one rule allows: their order decides nothing.
  std::sort(texts.begin(), texts.end());
  for (const std::string& text : texts) AppendText(canonical_, text);
}

template <typename Applies, typename Visit>
void Policy::ForEachRuleOf(absl::string_view key_id, Applies applies,
                           Visit visit) const {
  const auto found = by_key_id_.find(key_id);
  if (found != by_key_id_.end()) {
    for (const uint32_t index : found->second) {
      if (applies(index)) visit(rules_[index]);
    }
  }
  for (const uint32_t index : with_key_prefix_) {
    if (applies(index) && MatchesPrefix(rules_[index], key_id)) {
      visit(rules_[index]);
    }
  }
}

CallerPolicy Policy::For(const Identity& identity) const {
  std::vector<bool> applies(rules_.size());
  for (size_t i = 0; i < rules_.size(); ++i) {
    applies[i] =
        std::any_of(rules_[i].identities.begin(), rules_[i].identities.end(),
                    [&](const IdentityPattern& pattern) {
                      return pattern.Matches(identity);
                    });
  }
  return CallerPolicy(*this, identity.name(), std::move(applies));
}

UsageSet Policy::UsageCeiling(const PolicyKey& key) const {
  UsageSet ceiling;
  ForEachRuleOf(
      key.id, [](uint32_t) { return true; },
      [&](const PolicyRule& rule) {
        ceiling.InsertAll(UsagesOf(rule, key.roles));
      });
  return ceiling;
}

template <typename Visit>
void CallerPolicy::ForEachRuleOf(absl::string_view key_id, Visit visit) const {
  policy_->ForEachRuleOf(
      key_id, [this](uint32_t index) { return applies_[index]; }, visit);
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
    const UsageSet granted = UsagesOf(rule, key.roles);
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
    usages.InsertAll(UsagesOf(rule, key.roles));
  });
  return usages;
}

SchemeSet CallerPolicy::GrantedSchemes(const PolicyKey& key,
                                       UsageSet usages) const {
  SchemeSet schemes;
  ForEachRuleOf(key.id, [&](const PolicyRule& rule) {
    if (UsagesOf(rule, key.roles).Intersect(usages).empty()) return;
    schemes.InsertAll(rule.schemes);
  });
  return schemes;
}

}  // namespace keyhold
