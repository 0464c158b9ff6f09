// The vault's process, as the supervisor sees it.
#ifndef KEYHOLD_SIGNER_SERVICE_SUPERVISOR_VAULT_CHILD_H_
#define KEYHOLD_SIGNER_SERVICE_SUPERVISOR_VAULT_CHILD_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "keyhold/processes/v1/control.pb.h"
#include "signer_service/core/freeze_list.h"
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
  // What the vault asks for when its audit log needs another segment.
  using NextSegment = std::function<absl::StatusOr<UniqueFd>()>;

  // `descriptors` are those of AuditStart; both they and `next_segment` may be
  // empty without an audit log. FailedPrecondition: the vault says that it
  // cannot start, and why.
  static absl::StatusOr<VaultChild> Start(
      const std::string& program, const processes::v1::VaultStart& start,
      const std::vector<UniqueFd>& descriptors, NextSegment next_segment);

  // Makes `files` the whole set of keys: see Vault::ReplaceKeys. Travels in
  // batches, each acknowledged.
  absl::StatusOr<std::vector<HandedOverKey>> ReplaceKeys(
      std::vector<KeyFile> files);
  // In force when it returns.
  absl::Status Freeze(const FreezeList& list);
  // Connects a front in place of the last. The front's end.
  absl::StatusOr<UniqueFd> ConnectFront();
  absl::StatusOr<processes::v1::Protections> Prove(
      const processes::v1::ProveProtections& trials);

  // Asks it to end, and waits for that a few seconds: its log is complete then.
  void Stop();

  // Reads what the vault says unasked, and acts upon it. Call when the socket
  // is readable.
  absl::Status ReadUnasked();
  // Whether the vault has cut the front off since it was connected, because
  // that sent what is no frame.
  bool front_at_fault() const { return front_at_fault_; }
  // Whether signing waits for the audit log.
  bool audit_pauses() const { return audit_pauses_; }

  ChildProgram& process() { return process_; }
  const ChildProgram& process() const { return process_; }
  int control_fd() const { return control_.fd(); }
  const processes::v1::VaultReady& ready() const { return ready_; }

 private:
  VaultChild(ChildProgram process, ControlSocket control)
      : process_(std::move(process)), control_(std::move(control)) {}

  absl::Status Send(const processes::v1::ToVault& message,
                    const std::vector<int>& descriptors);
  absl::StatusOr<processes::v1::FromVault> Receive();
  absl::Status AwaitAck();
  // Whether the message was none of an answer, and has been dealt with.
  absl::StatusOr<bool> DealWithUnasked(const processes::v1::FromVault& message);

  ChildProgram process_;
  ControlSocket control_;
  NextSegment next_segment_;
  processes::v1::VaultReady ready_;
  bool front_at_fault_ = false;
  bool audit_pauses_ = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_SUPERVISOR_VAULT_CHILD_H_
