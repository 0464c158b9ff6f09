#include "signer_service/config/rule_reader.h"

#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "signer_service/core/usage_set.h"
#include "signer_service/policy/patterns.h"

namespace keyhold {
namespace {

using google::protobuf::RepeatedPtrField;
using signer::v1::Rule;
using signer::v1::Usage;

// Parses each text of the list at `path`; faults name the element.
template <typename Pattern>
std::vector<Pattern> ReadPatterns(const RepeatedPtrField<std::string>& texts,
                                  absl::string_view path, FaultList& faults) {
  std::vector<Pattern> patterns;
  for (int i = 0; i < texts.size(); ++i) {
    absl::StatusOr<Pattern> pattern = Pattern::Parse(texts[i]);
    if (pattern.ok()) {
      patterns.push_back(*std::move(pattern));
    } else {
      faults.Add(absl::StrCat(path, "[", i, "]"), pattern.status().message());
    }
  }
  return patterns;
}

void RequireSome(int count, absl::string_view path, absl::string_view what,
                 FaultList& faults) {
  if (count == 0) {
    faults.Add(path, absl::StrCat("required: at least one ", what));
  }
}

std::vector<IdentityPattern> ReadIdentities(const Rule& rule,
                                            absl::string_view path,
                                            FaultList& faults) {
  RequireSome(rule.identities_size(), path, "identity", faults);
  absl::flat_hash_map<std::string, int> seen;
  for (int i = 0; i < rule.identities_size(); ++i) {
    const absl::StatusOr<IdentityPattern> pattern =
        IdentityPattern::Parse(rule.identities(i));
    if (!pattern.ok()) continue;  // ReadPatterns says so
    const auto [earlier, fresh] = seen.insert({pattern->canonical(), i});
    if (!fresh) {
      faults.Add(absl::StrCat(path, "[", i, "]"),
                 absl::StrCat("duplicate identity: the same as ", path, "[",
                              earlier->second, "]"));
    }
  }
  return ReadPatterns<IdentityPattern>(rule.identities(), path, faults);
}

bool IsOracle(Usage usage) {
  return usage == signer::v1::USAGE_DIGEST ||
         usage == signer::v1::USAGE_MESSAGE;
}

UsageSet ReadUsages(const Rule& rule, absl::string_view path,
                    const FaultList& faults,
                    std::vector<std::string>& warnings) {
  UsageSet usages;
  for (int i = 0; i < rule.usages_size(); ++i) {
    usages.Insert(rule.usages(i));
    if (!IsOracle(rule.usages(i))) continue;
    warnings.push_back(faults.places().Describe(
        absl::StrCat(path, "[", i, "]"),
        absl::StrCat("\"", UsageName(rule.usages(i)),
                     "\" lets whoever holds one of these identities have "
                     "anything signed with these keys, not only TLS "
                     "handshakes")));
  }
  return usages;
}

}  // namespace

std::vector<SignatureScheme> ReadSchemes(
    const RepeatedPtrField<std::string>& names, absl::string_view path,
    FaultList& faults) {
  std::vector<SignatureScheme> schemes;
  for (int i = 0; i < names.size(); ++i) {
    const std::string element = absl::StrCat(path, "[", i, "]");
    const absl::StatusOr<SignatureScheme> scheme = ParseSchemeName(names[i]);
    if (!scheme.ok()) {
      faults.Add(element, scheme.status().message());
    } else if (absl::c_linear_search(schemes, *scheme)) {
      faults.Add(element, absl::StrCat("\"", names[i], "\" is given twice"));
    } else {
      schemes.push_back(*scheme);
    }
  }
  return schemes;
}

std::vector<IdentityPattern> ReadIdentityPatterns(
    const RepeatedPtrField<std::string>& texts, absl::string_view path,
    FaultList& faults) {
  return ReadPatterns<IdentityPattern>(texts, path, faults);
}

ReadRules ReadPolicyRules(const signer::v1::Policy& policy, FaultList& faults) {
  ReadRules result;
  absl::flat_hash_set<std::string> names;
  for (int i = 0; i < policy.rules_size(); ++i) {
    const Rule& in = policy.rules(i);
    const std::string path = absl::StrCat("policy.rules[", i, "]");
    PolicyRule rule;
    rule.name = in.name();
    if (!in.name().empty() && !names.insert(in.name()).second) {
      faults.Add(absl::StrCat(path, ".name"),
                 absl::StrCat("two rules are called \"", in.name(), "\""));
    }
    rule.identities =
        ReadIdentities(in, absl::StrCat(path, ".identities"), faults);
    RequireSome(in.keys_size(), absl::StrCat(path, ".keys"), "key", faults);
    rule.keys = ReadPatterns<PrefixPattern>(
        in.keys(), absl::StrCat(path, ".keys"), faults);
    if (in.usages_size() > 0) {
      rule.usages = ReadUsages(in, absl::StrCat(path, ".usages"), faults,
                               result.warnings);
    }
    if (in.schemes_size() > 0) {
      rule.schemes = SchemeSet();
      for (const SignatureScheme scheme :
           ReadSchemes(in.schemes(), absl::StrCat(path, ".schemes"), faults)) {
        rule.schemes.Insert(scheme);
      }
    }
    rule.server_names = ReadPatterns<DnsPattern>(
        in.server_names(), absl::StrCat(path, ".server_names"), faults);
    result.rules.push_back(std::move(rule));
  }
  return result;
}

}  // namespace keyhold
