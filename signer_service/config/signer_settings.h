// The configuration of keyhold-signer, parsed once: what is not valid cannot
// exist as a SignerSettings. proto/keyhold/signer/v1/config.proto documents
// each field.
#ifndef KEYHOLD_SIGNER_SERVICE_CONFIG_SIGNER_SETTINGS_H_
#define KEYHOLD_SIGNER_SERVICE_CONFIG_SIGNER_SETTINGS_H_

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "signer_service/audit/audit_settings.h"
#include "signer_service/config/signature_limits.h"
#include "signer_service/keys/key_settings.h"
#include "signer_service/policy/patterns.h"
#include "signer_service/policy/policy_rule.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

struct TcpListenerSettings {
  // "127.0.0.1:7443", "[::1]:0".
  std::string address;
  std::string certificate_file;
  std::string private_key_file;
  std::string client_ca_file;
  // Empty: nothing is revoked.
  std::string crl_directory;
  // Listens already, handed over by the supervisor; or null.
  std::shared_ptr<UniqueFd> socket = nullptr;
};

struct UnixListenerSettings {
  std::string path;
  mode_t mode = 0660;
  // As above.
  std::shared_ptr<UniqueFd> socket = nullptr;
};

struct RequestLimits {
  uint32_t max_items_in_flight = 1024;
  uint32_t max_items_per_frame = 64;
  uint32_t max_message_bytes = 65536;
  absl::Duration max_time = absl::Seconds(10);
};

// Immutable, thread-safe. Paths are absolute, or relative to the working
// directory if the configuration file's own path was.
class SignerSettings {
 public:
  // Reads the file at `path`. NotFound, PermissionDenied, or InvalidArgument
  // with one line for each fault, all of them: file, line, column, field,
  // what is wrong and what was expected.
  //
  // Files and folders that are named must exist; what is in them is not
  // looked at here.
  static absl::StatusOr<SignerSettings> Load(absl::string_view path);
  // The same for text that was read from `path`.
  static absl::StatusOr<SignerSettings> Parse(absl::string_view path,
                                              absl::string_view yaml);

  // For the front, which may open none of these files: what the supervisor
  // has handed over takes the listeners' place. Null, for a reload: listeners
  // stay.
  struct HandedOver {
    std::vector<TcpListenerSettings> tcp;
    std::vector<UnixListenerSettings> unix;
  };
  static absl::StatusOr<SignerSettings> ParseForFront(
      absl::string_view path, absl::string_view yaml,
      std::optional<HandedOver> handed_over);

  const std::vector<TcpListenerSettings>& tcp_listeners() const { return tcp_; }
  const std::vector<UnixListenerSettings>& unix_listeners() const {
    return unix_;
  }
  const KeyStoreSettings& keys() const { return keys_; }
  // Null: from the number of keys.
  std::optional<uint64_t> secure_heap_bytes() const {
    return secure_heap_bytes_;
  }
  const std::vector<PolicyRule>& rules() const { return rules_; }
  // Hosts whose agent may say for which local user it asks.
  const std::vector<IdentityPattern>& agents() const { return agents_; }
  const RequestLimits& limits() const { return limits_; }
  const SignatureLimits& signature_limits() const { return signature_limits_; }
  // Of what is switched off. It need not exist.
  const std::string& freeze_file() const { return freeze_file_; }
  absl::Duration drain_time() const { return drain_time_; }
  bool reflection() const { return reflection_; }
  // Null: there are no audit logs.
  const std::optional<AuditSettings>& audit() const { return audit_; }
  // Null: one for each core.
  std::optional<uint32_t> threads() const { return threads_; }
  // Whether the keys are in the process that talks to the network.
  bool vault_in_process() const { return vault_in_process_; }
  // Whether to start only where every protection holds.
  bool hardening_required() const { return hardening_required_; }
  // Empty: the signer's own.
  const std::string& front_user() const { return front_user_; }
  // What is allowed but dangerous, one line each, as errors have it.
  const std::vector<std::string>& warnings() const { return warnings_; }

  // What only a restart can change, in one text: equal texts mean that a
  // reload takes all of the new configuration over.
  const std::string& fixed_until_restart() const { return fixed_; }

 private:
  friend class SettingsBuilder;
  SignerSettings() = default;

  std::vector<TcpListenerSettings> tcp_;
  std::vector<UnixListenerSettings> unix_;
  KeyStoreSettings keys_;
  std::optional<uint64_t> secure_heap_bytes_;
  std::vector<PolicyRule> rules_;
  std::vector<IdentityPattern> agents_;
  RequestLimits limits_;
  SignatureLimits signature_limits_;
  std::string freeze_file_;
  absl::Duration drain_time_ = absl::Seconds(30);
  bool reflection_ = false;
  std::optional<AuditSettings> audit_;
  std::optional<uint32_t> threads_;
  bool vault_in_process_ = true;
  bool hardening_required_ = false;
  std::string front_user_;
  std::vector<std::string> warnings_;
  std::string fixed_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_CONFIG_SIGNER_SETTINGS_H_
