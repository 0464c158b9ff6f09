// The vault's process, as the supervisor sees it.
#ifndef KEYHOLD_SIGNER_SERVICE_SUPERVISOR_VAULT_CHILD_H_
#define KEYHOLD_SIGNER_SERVICE_SUPERVISOR_VAULT_CHILD_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keyhold/processes/v1/control.pb.h"
#include "signer_service/keys/served_key.h"
#include "signer_service/process/control_socket.h"
#include "signer_service/supervisor/child_program.h"
#include "signer_service/vault/vault.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Every call waits for the vault's answer, at most a minute. Each fails with
// Unavailable if the vault has ended; with DeadlineExceeded if it does not
// answer; with Internal if it answers what it should not. After any failure it
// is of no more use: start another.
//
// Ends the vault when destroyed. Movable; not thread-safe.
class VaultChild {
 public:
  // FailedPrecondition: the vault says that it cannot start, and why.
  static absl::StatusOr<VaultChild> Start(
      const std::string& program, const processes::v1::VaultStart& start);

  // Makes `files` the whole set of keys: see Vault::ReplaceKeys. Travels in
  // batches, each acknowledged.
  absl::StatusOr<std::vector<HandedOverKey>> ReplaceKeys(
      std::vector<KeyFile> files);
  // Connects a front in place of the last. The front's end.
  absl::StatusOr<UniqueFd> ConnectFront();
  absl::StatusOr<processes::v1::Protections> Prove(
      const processes::v1::ProveProtections& trials);

  // Reads what the vault says unasked. True: the front is at fault and is cut
  // off. Call when the socket is readable.
  absl::StatusOr<bool> ReadUnasked();

  ChildProgram& process() { return process_; }
  int control_fd() const { return control_.fd(); }
  const processes::v1::VaultReady& ready() const { return ready_; }

 private:
  VaultChild(ChildProgram process, ControlSocket control)
      : process_(std::move(process)), control_(std::move(control)) {}

  absl::Status Send(const processes::v1::ToVault& message,
                    const std::vector<int>& descriptors);
  absl::StatusOr<processes::v1::FromVault> Receive();
  absl::Status AwaitAck();

  ChildProgram process_;
  ControlSocket control_;
  processes::v1::VaultReady ready_;
  bool front_at_fault_ = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_SUPERVISOR_VAULT_CHILD_H_
