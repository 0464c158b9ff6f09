#include "tls_lib/provider/module_settings.h"

#include <cstdint>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold::provider {
namespace {

constexpr uint32_t kLeastTimeoutMs = 10;
constexpr uint32_t kMostTimeoutMs = 60000;

absl::Status SettingError(absl::string_view name, absl::string_view value,
                          absl::string_view expected) {
  return absl::InvalidArgumentError(
      absl::StrCat("in keyhold's section of openssl.cnf, ", name, " = ", value,
                   " is of no use; expected ", expected));
}

absl::StatusOr<uid_t> ParseUid(absl::string_view text) {
  uint32_t uid = 0;
  if (!absl::SimpleAtoi(text, &uid) || uid == agent::kOverflowUid ||
      uid == std::numeric_limits<uint32_t>::max()) {
    return SettingError("agent-uid", text, "the number of the agent's user");
  }
  return uid;
}

absl::StatusOr<std::chrono::milliseconds> ParseTimeout(absl::string_view text) {
  uint32_t ms = 0;
  if (!absl::SimpleAtoi(text, &ms) || ms < kLeastTimeoutMs ||
      ms > kMostTimeoutMs) {
    return SettingError("timeout-ms", text, "10 to 60000");
  }
  return std::chrono::milliseconds(ms);
}

}  // namespace

absl::StatusOr<ModuleSettings> ModuleSettings::Create(const Lookup& lookup) {
  ModuleSettings settings;
  std::optional<std::string> agent = lookup("agent");
  std::optional<std::string> uid = lookup("agent-uid");
  if (agent.has_value()) {
    absl::StatusOr<agent::AgentAddress> address =
        agent::AgentAddress::Parse(*agent);
    if (!address.ok()) {
      return SettingError("agent", *agent, address.status().message());
    }
    settings.agent = agent::TrustedAgent{*std::move(address), std::nullopt};
    if (uid.has_value()) {
      ASSIGN_OR_RETURN(settings.agent->uid, ParseUid(*uid));
    }
  } else if (uid.has_value()) {
    return SettingError("agent-uid", *uid, "agent beside it");
  }
  if (std::optional<std::string> timeout = lookup("timeout-ms")) {
    ASSIGN_OR_RETURN(settings.timeout, ParseTimeout(*timeout));
  }
  if (std::optional<std::string> folder = lookup("key-directory")) {
    if (folder->empty() || (*folder)[0] != '/') {
      return SettingError("key-directory", *folder, "an absolute path");
    }
    settings.key_directory = *std::move(folder);
  }
  return settings;
}

}  // namespace keyhold::provider
