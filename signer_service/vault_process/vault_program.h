// The program keyhold-vault: holds the keys and signs, and can do nothing
// else.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_VAULT_PROGRAM_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_VAULT_PROGRAM_H_

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "daemon/json_log.h"
#include "keyhold/processes/v1/control.pb.h"
#include "signer_service/audit/audit_log.h"
#include "signer_service/audit/audited_vault.h"
#include "signer_service/process/control_socket.h"
#include "signer_service/vault/in_process_vault.h"
#include "signer_service/vault_process/frame_server.h"
#include "signer_service/vault_process/handed_over_segments.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// The descriptor of the supervisor's socket in a process that it starts.
constexpr int kControlDescriptor = 3;

// Takes everything from the process but what signing needs, and then does as
// the supervisor says until that ends. Not thread-safe: one thread runs it.
class VaultProgram {
 public:
  // `control` is the supervisor's socket.
  explicit VaultProgram(UniqueFd control) : control_(std::move(control)) {}

  // Returns OK once the supervisor has closed its end. Call first thing, in a
  // process of one thread. The log goes to standard error.
  //
  // Errors, which the supervisor is told too: the hardening of the process, a
  // secure heap that cannot be made, a message that makes no sense.
  absl::Status Run();

 private:
  absl::Status Start();
  absl::Status Confine(const processes::v1::VaultStart& start,
                       std::vector<UniqueFd> descriptors);
  absl::Status OpenAuditLog(const processes::v1::AuditStart& start,
                            std::vector<UniqueFd> descriptors);
  // Where jobs go: through the audit log, if there is one.
  Vault& vault() {
    return audited_ == nullptr ? static_cast<Vault&>(*keys_) : *audited_;
  }
  absl::Status Serve();
  absl::Status Handle(processes::v1::ToVault& message,
                      std::vector<UniqueFd> descriptors);
  absl::Status TakeKeys(const processes::v1::KeyBatch& batch,
                        std::vector<UniqueFd> descriptors);
  absl::Status SendOutcomes(const std::vector<KeyFileOutcome>& outcomes);
  processes::v1::Protections Prove(
      const processes::v1::ProveProtections& trials) const;
  absl::Status Reply(const processes::v1::FromVault& message);

  const ControlSocket control_;
  std::unique_ptr<JsonLog> log_;
  absl::Status namespaces_;
  absl::Status landlock_;
  std::unique_ptr<InProcessVault> keys_;
  // The log's own.
  HandedOverSegments* segments_ = nullptr;
  std::unique_ptr<AuditLog> audit_log_;
  std::unique_ptr<AuditedVault> audited_;
  std::unique_ptr<FrameServer> frames_;
  // Of a set that is not complete yet.
  std::vector<KeyFile> files_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_VAULT_PROGRAM_H_
