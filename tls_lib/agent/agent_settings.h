// The configuration of keyhold-agent, parsed once: what is not valid cannot
// exist as an AgentSettings. proto/keyhold/agent/v1/config.proto documents
// each field.
#ifndef KEYHOLD_TLS_LIB_AGENT_AGENT_SETTINGS_H_
#define KEYHOLD_TLS_LIB_AGENT_AGENT_SETTINGS_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "tls_lib/agent/local_policy.h"
#include "tls_lib/remote/signer_client_options.h"

namespace keyhold {

constexpr char kDefaultAgentSocket[] = "/run/keyhold/agent.sock";

struct LocalListenerSettings {
  // One of the two.
  std::string path;
  std::string abstract_name;
  mode_t mode = 0660;
  // Null: the agent's own.
  std::optional<gid_t> group;
};

struct AgentLimits {
  int64_t max_connections = 16384;
  int64_t max_connections_per_user = 8192;
  int64_t max_items_in_flight = 256;
  int64_t max_items_in_flight_per_user = 8192;
  int64_t max_bytes_per_user = int64_t{32} << 20;
  absl::Duration max_time = absl::Seconds(10);
  absl::Duration stall_time = absl::Seconds(10);
};

// Immutable, thread-safe. Paths are absolute, or relative to the working
// directory if the configuration file's own path was.
class AgentSettings {
 public:
  // Reads the file at `path`, and looks up the users and groups that it names
  // (may block: FindUser). NotFound, PermissionDenied, or InvalidArgument
  // with one line for each fault, all of them: file, line, column, field,
  // what is wrong and what was expected. Files that are named must exist;
  // what is in them is not looked at here.
  static absl::StatusOr<AgentSettings> Load(absl::string_view path);
  // The same for text that was read from `path`.
  static absl::StatusOr<AgentSettings> Parse(absl::string_view path,
                                             absl::string_view yaml);

  const std::vector<LocalListenerSettings>& listeners() const {
    return listeners_;
  }
  const SignerClientOptions& signer() const { return signer_; }
  const std::shared_ptr<const LocalPolicy>& policy() const { return policy_; }
  size_t rule_count() const { return rule_count_; }
  const AgentLimits& limits() const { return limits_; }
  absl::Duration drain_time() const { return drain_time_; }
  // What is allowed but dangerous, one line each, as errors have it.
  const std::vector<std::string>& warnings() const { return warnings_; }

  // In one text each: equal texts mean that nothing of it changed.
  const std::string& listeners_text() const { return listeners_text_; }
  const std::string& signer_text() const { return signer_text_; }

 private:
  friend class AgentSettingsBuilder;
  AgentSettings() = default;

  std::vector<LocalListenerSettings> listeners_;
  SignerClientOptions signer_;
  std::shared_ptr<const LocalPolicy> policy_;
  size_t rule_count_ = 0;
  AgentLimits limits_;
  absl::Duration drain_time_ = absl::Seconds(30);
  std::vector<std::string> warnings_;
  std::string listeners_text_;
  std::string signer_text_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_AGENT_SETTINGS_H_
