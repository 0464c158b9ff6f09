// The program keyhold-front as a child of the supervisor: the service without
// its keys.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_PROCESS_FRONT_PROGRAM_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_PROCESS_FRONT_PROGRAM_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daemon/json_log.h"
#include "keyhold/processes/v1/control.pb.h"
#include "signer_service/audit/audit_log.h"
#include "signer_service/audit/audit_settings.h"
#include "signer_service/audit/refusal_log.h"
#include "signer_service/config/signer_settings.h"
#include "signer_service/front/signer_service.h"
#include "signer_service/front_process/site_keys.h"
#include "signer_service/process/control_socket.h"
#include "signer_service/vault_process/handed_over_segments.h"
#include "signer_service/vault_process/process_vault.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Not thread-safe: one thread runs it.
class FrontProgram {
 public:
  // `control` is the supervisor's socket.
  explicit FrontProgram(UniqueFd control) : control_(std::move(control)) {}

  // Serves until SIGTERM or SIGINT, which must be blocked, and drains then; or
  // until the supervisor ends. Call first thing, in a process of one thread.
  // `make_log` is called once the process is confined and may have threads.
  //
  // Errors, which the supervisor is told too: SignerService::Start's, the
  // hardening of the process, a message that makes no sense.
  absl::Status Run(const JsonLog& (*make_log)());

 private:
  absl::Status Start(const JsonLog& (*make_log)());
  absl::StatusOr<std::unique_ptr<AuditLog>> OpenRefusals(
      const AuditSettings& settings, std::vector<UniqueFd> segments,
      const JsonLog& log);
  absl::Status Confine(const processes::v1::FrontStart& start);
  processes::v1::Protections Prove(
      const processes::v1::ProveProtections& asked) const;
  absl::StatusOr<SignerSettings> ReadSettings(
      const processes::v1::FrontStart& start,
      std::vector<UniqueFd> descriptors);
  absl::Status ServeUntilTold();
  absl::Status Handle(const processes::v1::ToFront& message,
                      std::vector<UniqueFd> descriptors);
  absl::Status TakeSite(UniqueFd file);
  absl::Status Reply(const processes::v1::FromFront& message) const;

  const ControlSocket control_;
  absl::Status landlock_;
  // /proc/self/fd/N stands for a file that the front cannot open: both names.
  std::vector<std::pair<std::string, std::string>> real_paths_;
  // The files behind these names.
  std::vector<UniqueFd> transport_files_;
  bool prove_only_ = false;
  // The log's own.
  HandedOverSegments* segments_ = nullptr;
  std::unique_ptr<AuditLog> refused_;
  std::unique_ptr<RefusalLog> refusals_;
  std::unique_ptr<ProcessVault> vault_;
  std::unique_ptr<SiteKeys> keys_;
  std::unique_ptr<SignerService> service_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_PROCESS_FRONT_PROGRAM_H_
