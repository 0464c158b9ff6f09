#include "tests/fakes/fake_policy.h"

#include <string>

#include "absl/algorithm/container.h"
#include "tests/fakes/fake_error.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;

bool Applies(const FakeRule& rule, absl::string_view caller,
             const FakeKey& key) {
  return (rule.identity == "*" || rule.identity == caller) &&
         (absl::c_linear_search(rule.keys, "*") ||
          absl::c_linear_search(rule.keys, key.id));
}

std::vector<v1::Usage> TlsFormsOf(absl::Span<const Role> roles) {
  std::vector<v1::Usage> usages;
  for (const Role role : roles) {
    usages.push_back(FakeTlsUsage(role, TlsVersion::kTls13));
    usages.push_back(FakeTlsUsage(role, TlsVersion::kTls12));
  }
  return usages;
}

// A rule that names usages never grants a form of a role that the key does
// not have.
std::vector<v1::Usage> UsagesOf(const FakeRule& rule, const FakeKey& key) {
  std::vector<v1::Usage> own = TlsFormsOf(key.roles);
  if (rule.usages.empty()) return own;
  const std::vector<v1::Usage> all = TlsFormsOf({Role::kServer, Role::kClient});
  std::vector<v1::Usage> usages;
  for (const v1::Usage usage : rule.usages) {
    if (!absl::c_linear_search(all, usage) ||
        absl::c_linear_search(own, usage)) {
      usages.push_back(usage);
    }
  }
  return usages;
}

bool AllowsName(const FakeRule& rule, absl::string_view server_name) {
  return rule.server_names.empty() ||
         absl::c_linear_search(rule.server_names, server_name);
}

bool AllowsScheme(const FakeRule& rule, SignatureScheme scheme) {
  return rule.schemes.empty() || absl::c_linear_search(rule.schemes, scheme);
}

}  // namespace

v1::Usage FakeTlsUsage(Role role, TlsVersion version) {
  if (version == TlsVersion::kTls13) {
    return role == Role::kServer ? v1::USAGE_TLS13_SERVER
                                 : v1::USAGE_TLS13_CLIENT;
  }
  return role == Role::kServer ? v1::USAGE_TLS12_SERVER
                               : v1::USAGE_TLS12_CLIENT;
}

bool FakeMayKnow(absl::Span<const FakeRule> rules, absl::string_view caller,
                 const FakeKey& key) {
  return absl::c_any_of(
      rules, [&](const FakeRule& rule) { return Applies(rule, caller, key); });
}

std::vector<v1::Usage> FakeGrantedUsages(absl::Span<const FakeRule> rules,
                                         absl::string_view caller,
                                         const FakeKey& key) {
  std::vector<v1::Usage> granted;
  for (const FakeRule& rule : rules) {
    if (!Applies(rule, caller, key)) continue;
    for (const v1::Usage usage : UsagesOf(rule, key)) {
      if (!absl::c_linear_search(granted, usage)) granted.push_back(usage);
    }
  }
  absl::c_sort(granted);
  return granted;
}

absl::StatusOr<std::vector<SignatureScheme>> FakeAllowedSchemes(
    absl::Span<const FakeRule> rules, absl::string_view caller,
    const FakeKey& key, v1::Usage usage, absl::string_view server_name,
    absl::Span<const SignatureScheme> preferences) {
  std::vector<const FakeRule*> of_usage;
  std::vector<const FakeRule*> of_name;
  for (const FakeRule& rule : rules) {
    if (!Applies(rule, caller, key)) continue;
    if (!absl::c_linear_search(UsagesOf(rule, key), usage)) continue;
    of_usage.push_back(&rule);
    if (AllowsName(rule, server_name)) of_name.push_back(&rule);
  }
  if (!FakeMayKnow(rules, caller, key)) return FakeKeyNotFound();
  if (of_usage.empty()) return FakeUsageNotAllowed();
  if (of_name.empty()) return FakeServerNameNotAllowed();
  std::vector<SignatureScheme> allowed;
  for (const SignatureScheme scheme : preferences) {
    if (absl::c_any_of(of_name, [scheme](const FakeRule* rule) {
          return AllowsScheme(*rule, scheme);
        })) {
      allowed.push_back(scheme);
    }
  }
  return allowed;
}

}  // namespace keyhold
