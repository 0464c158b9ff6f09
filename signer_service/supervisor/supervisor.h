// Runs a signer's processes: starts them, starts them again, reloads, drains.
#ifndef KEYHOLD_SIGNER_SERVICE_SUPERVISOR_SUPERVISOR_H_
#define KEYHOLD_SIGNER_SERVICE_SUPERVISOR_SUPERVISOR_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "keyhold/processes/v1/control.pb.h"
#include "signer_service/core/freeze_list.h"
#include "signer_service/supervisor/audit_files.h"
#include "signer_service/supervisor/child_program.h"
#include "signer_service/supervisor/front_child.h"
#include "signer_service/supervisor/listeners.h"
#include "signer_service/supervisor/protection_report.h"
#include "signer_service/supervisor/restart_delay.h"
#include "signer_service/supervisor/site_loader.h"
#include "signer_service/supervisor/supervisor_log.h"
#include "signer_service/supervisor/transport_files.h"
#include "signer_service/supervisor/vault_child.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// One thread. While it waits for an answer of vault or front it does nothing
// else; both answer at once or within the time that reading the keys takes.
class Supervisor {
 public:
  struct Options {
    // The folder of keyhold-front and keyhold-vault.
    std::string programs;
  };

  Supervisor(Configuration configuration, Options options,
             const SupervisorLog& log);

  // Serves until SIGTERM or SIGINT, then drains. SIGHUP reads configuration
  // and keys again. Blocks these signals.
  //
  // Errors of the first start: SignerService::Start's; FailedPrecondition if a
  // protection is missing that `hardening: required` asks for. A process that
  // ends later is started again.
  absl::Status Run();

  struct Findings {
    // Which protection stood its trial, a line each.
    std::string text;
    // FailedPrecondition: one is missing that `hardening: required` asks for.
    absl::Status verdict;
  };
  // Starts vault and front without serving anybody. Errors as those of Run.
  absl::StatusOr<Findings> SelfCheck();

 private:
  absl::Status StartVault();
  absl::Status StartFront();
  // Hands the keys over, to the vault and then to the front that runs.
  absl::Status LoadKeys(const Configuration& configuration);
  absl::StatusOr<FrontChild> LaunchFront(processes::v1::FrontStart start,
                                         const std::vector<int>& descriptors);
  processes::v1::ProveProtections TrialsOfFront() const;
  absl::Status CheckAndLog(ProtectedProcess process,
                           const processes::v1::Protections& protections);

  absl::Status ServeUntilTerminated();
  // Waits for something to happen, and acts upon it.
  absl::Status Turn();
  void OnSignal();
  void OnVaultEnd();
  void OnFrontEnd();
  void Reload();
  void Drain();
  void StartWhatIsDue();
  // Looks at the files that change while the signer runs.
  void LookAtFiles();
  void LookAtFreezes();
  absl::Time NextDue() const;
  std::string Program(absl::string_view name) const;

  Configuration configuration_;
  const Options options_;
  const SupervisorLog& log_;
  std::optional<UserAndGroup> front_user_;
  UniqueFd signals_;
  std::optional<Listeners> listeners_;
  std::optional<TransportFiles> transport_;
  absl::Time next_look_;
  SiteLoader loader_;
  FreezeList frozen_;
  // Of the last list that could not be read.
  std::string freeze_fault_;
  // What a new front starts from.
  UniqueFd site_;

  bool audits_ = true;
  std::optional<AuditFiles> audit_;
  std::optional<AuditFiles> refusals_;
  // As the front was told.
  bool paused_ = false;
  std::optional<VaultChild> vault_;
  RestartDelay vault_delay_;
  absl::Time vault_due_ = absl::InfiniteFuture();
  std::optional<FrontChild> front_;
  RestartDelay front_delay_;
  absl::Time front_due_ = absl::InfiniteFuture();
  bool draining_ = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_SUPERVISOR_SUPERVISOR_H_
