#include "tls_lib/agent/agent_rules.h"

#include <sys/types.h>

#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tls_lib/agent/key_pattern.h"
#include "tls_lib/agent/local_accounts.h"

namespace keyhold {
namespace {

using google::protobuf::RepeatedPtrField;

std::string Element(absl::string_view list, int index) {
  return absl::StrCat(list, "[", index, "]");
}

// Parses each text of the list at `path`; faults name the element.
template <typename Value, typename Parse>
std::vector<Value> ReadEach(const RepeatedPtrField<std::string>& texts,
                            const std::string& path, Parse parse,
                            FaultList& faults) {
  std::vector<Value> values;
  for (int i = 0; i < texts.size(); ++i) {
    absl::StatusOr<Value> value = parse(texts[i]);
    if (value.ok()) {
      values.push_back(*std::move(value));
    } else {
      faults.Add(Element(path, i), value.status().message());
    }
  }
  return values;
}

std::optional<std::vector<uid_t>> ReadUsers(
    const RepeatedPtrField<std::string>& users, const std::string& path,
    FaultList& faults) {
  if (users.empty()) return std::nullopt;
  if (users.size() == 1 && users[0] == "*") return std::vector<uid_t>();
  for (int i = 0; i < users.size(); ++i) {
    if (users[i] == "*") {
      faults.Add(Element(path, i), "\"*\" is every user: list nobody else");
      return std::nullopt;
    }
  }
  return ReadEach<uid_t>(users, path, FindUser, faults);
}

LocalRule ReadRule(const agent::v1::Rule& in, const std::string& path,
                   FaultList& faults) {
  if (in.users().empty() && in.groups().empty()) {
    faults.Add(path, "required: users or groups");
  }
  if (in.keys().empty()) {
    faults.Add(path + ".keys", "required: at least one key");
  }
  LocalRule rule;
  rule.name = in.name();
  rule.users = ReadUsers(in.users(), path + ".users", faults);
  if (!in.groups().empty()) {
    rule.groups =
        ReadEach<gid_t>(in.groups(), path + ".groups", FindGroup, faults);
  }
  rule.keys = ReadEach<KeyPattern>(in.keys(), path + ".keys", KeyPattern::Parse,
                                   faults);
  return rule;
}

bool IsForEverybody(const LocalRule& rule) {
  return rule.users.has_value() && rule.users->empty() &&
         !rule.groups.has_value();
}

}  // namespace

ReadLocalRules ReadAgentRules(const agent::v1::AgentConfig& config,
                              FaultList& faults) {
  ReadLocalRules result;
  for (int i = 0; i < config.rules_size(); ++i) {
    const std::string path = Element("rules", i);
    result.rules.push_back(ReadRule(config.rules(i), path, faults));
    if (IsForEverybody(result.rules.back())) {
      result.warnings.push_back(faults.places().Describe(
          path + ".users",
          "\"*\" lets every user of this machine use these keys"));
    }
  }
  return result;
}

}  // namespace keyhold
