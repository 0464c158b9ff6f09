#include "signer_service/supervisor/supervisor.h"

#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daemon/service_manager.h"
#include "signer_service/keys/key_directory.h"
#include "signer_service/process/memory_file.h"
#include "signer_service/process/usable_cores.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

// A freeze takes effect within a second.
constexpr absl::Duration kLookAtFiles = absl::Milliseconds(250);

absl::Status NoSuchUser(const std::string& name) {
  return absl::InvalidArgumentError(
      absl::StrCat("front_user: there is no user ", name));
}

absl::Status NotRoot(const std::string& name) {
  return absl::FailedPreconditionError(
      absl::StrCat("front_user: only root can run the front as ", name,
                   "; start the signer as root, or leave front_user out"));
}

absl::StatusOr<std::optional<UserAndGroup>> FindUser(const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (geteuid() != 0) return NotRoot(name);
  const struct passwd* entry = getpwnam(name.c_str());
  if (entry == nullptr) return NoSuchUser(name);
  return UserAndGroup{entry->pw_uid, entry->pw_gid};
}

absl::StatusOr<UniqueFd> OpenSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGHUP, SIGTERM, SIGINT}) {
    sigaddset(&signals, number);
  }
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  UniqueFd fd(signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!fd) return absl::ErrnoToStatus(errno, "signalfd");
  return fd;
}

absl::StatusOr<processes::v1::VaultStart> StartOf(
    const SignerSettings& settings) {
  processes::v1::VaultStart start;
  start.set_threads(static_cast<uint32_t>(
      settings.threads().value_or(static_cast<uint32_t>(UsableCores()))));
  start.set_max_message_bytes(settings.limits().max_message_bytes);
  if (settings.secure_heap_bytes().has_value()) {
    start.set_secure_heap_bytes(*settings.secure_heap_bytes());
    return start;
  }
  ASSIGN_OR_RETURN(const std::vector<size_t> sizes,
                   KeyFileSizes(settings.keys().directories));
  for (const size_t bytes : sizes) start.add_key_file_bytes(bytes);
  return start;
}

JsonLine FrozenLine(const FreezeList& frozen) {
  return std::move(JsonLine("frozen", LogLevel::kWarning)
                       .Add("keys", frozen.keys().size())
                       .Add("identities", frozen.identities().size()));
}

JsonLine EndedLine(absl::string_view process, const std::string& how,
                   absl::Duration wait) {
  return std::move(JsonLine(absl::StrCat(process, "_ended"), LogLevel::kError)
                       .Add("how", how)
                       .Add("again_in_ms", absl::ToInt64Milliseconds(wait)));
}

}  // namespace

Supervisor::Supervisor(Configuration configuration, Options options,
                       const SupervisorLog& log)
    : configuration_(std::move(configuration)),
      options_(std::move(options)),
      log_(log) {}

absl::Status Supervisor::Run() {
  const SignerSettings& settings = configuration_.settings;
  ASSIGN_OR_RETURN(front_user_, FindUser(settings.front_user()));
  ASSIGN_OR_RETURN(signals_, OpenSignals());
  ASSIGN_OR_RETURN(transport_, TransportFiles::Open(settings.tcp_listeners()));
  ASSIGN_OR_RETURN(listeners_, Listeners::Open(settings));
  // Without it, what an operator has switched off would be on again.
  ASSIGN_OR_RETURN(frozen_, FreezeList::Load(settings.freeze_file()));
  if (!frozen_.empty()) log_.Write(FrozenLine(frozen_));
  next_look_ = absl::Now() + kLookAtFiles;
  absl::Status status = StartVault();
  if (status.ok()) status = StartFront();
  if (status.ok()) {
    (void)NotifyServiceManager("READY=1");
    status = ServeUntilTerminated();
  }
  listeners_->Close();
  front_.reset();
  if (vault_.has_value()) vault_->Stop();
  return status;
}

absl::StatusOr<Supervisor::Findings> Supervisor::SelfCheck() {
  ASSIGN_OR_RETURN(front_user_, FindUser(configuration_.settings.front_user()));
  // A signer that runs has the log.
  audits_ = false;
  RETURN_IF_ERROR(StartVault());
  processes::v1::FrontStart start;
  start.set_prove_only(true);
  ASSIGN_OR_RETURN(FrontChild front, LaunchFront(std::move(start), {}));
  processes::v1::ProveProtections trials;
  trials.set_forbidden_process(getpid());
  *trials.mutable_forbidden_files() = TrialsOfFront().forbidden_files();
  ASSIGN_OR_RETURN(const processes::v1::Protections vault,
                   vault_->Prove(trials));
  Findings findings;
  findings.text = absl::StrCat(
      ProtectionsText(ProtectedProcess::kVault, vault),
      ProtectionsText(ProtectedProcess::kFront, front.protections()));
  findings.verdict = CheckProtections(ProtectedProcess::kVault, vault);
  findings.verdict.Update(
      CheckProtections(ProtectedProcess::kFront, front.protections()));
  return findings;
}

absl::Status Supervisor::StartVault() {
  ASSIGN_OR_RETURN(processes::v1::VaultStart start,
                   StartOf(configuration_.settings));
  vault_delay_.Started(absl::Now());
  // The last vault's go first: one process at a time writes a log.
  audit_.reset();
  if (audits_ && configuration_.settings.audit().has_value()) {
    ASSIGN_OR_RETURN(
        audit_, AuditFiles::OpenSignatures(*configuration_.settings.audit()));
    *start.mutable_audit() = audit_->start();
  }
  static const std::vector<UniqueFd>& none = *new std::vector<UniqueFd>();
  ASSIGN_OR_RETURN(VaultChild vault,
                   VaultChild::Start(Program("keyhold-vault"), start,
                                     audit_ ? audit_->descriptors() : none,
                                     [this] { return audit_->NextSegment(); }));
  vault_ = std::move(vault);
  if (!vault_->ready().warning().empty()) {
    log_.Write(JsonLine("secure_heap_warning", LogLevel::kWarning)
                   .Add("message", vault_->ready().warning()));
  }
  processes::v1::ProveProtections trials;
  trials.set_forbidden_process(getpid());
  ASSIGN_OR_RETURN(const processes::v1::Protections protections,
                   vault_->Prove(trials));
  RETURN_IF_ERROR(CheckAndLog(ProtectedProcess::kVault, protections));
  // Before there is a key that it could sign with.
  RETURN_IF_ERROR(vault_->Freeze(frozen_));
  return LoadKeys(configuration_);
}

absl::Status Supervisor::LoadKeys(const Configuration& configuration) {
  ASSIGN_OR_RETURN(const processes::v1::Site site,
                   loader_.Load(configuration, *vault_));
  ASSIGN_OR_RETURN(UniqueFd file, MakeMemoryFile(site.SerializeAsString()));
  RETURN_IF_ERROR(SealMemoryFile(file));
  site_ = std::move(file);
  return front_.has_value() ? front_->TakeSite(site_) : absl::OkStatus();
}

absl::Status Supervisor::StartFront() {
  processes::v1::FrontStart start;
  std::vector<int> descriptors = {site_.get()};
  ASSIGN_OR_RETURN(const UniqueFd socket, vault_->ConnectFront());
  descriptors.push_back(socket.get());
  for (size_t i = 0; i < listeners_->tcp().size(); ++i) {
    start.add_addresses(listeners_->addresses()[i]);
    descriptors.push_back(listeners_->tcp()[i].get());
    for (size_t file = 3 * i; file < 3 * i + 3; ++file) {
      start.add_transport_files(transport_->paths()[file]);
      descriptors.push_back(transport_->copies()[file].get());
    }
  }
  for (size_t i = 0; i < listeners_->unix().size(); ++i) {
    start.add_unix_paths(listeners_->paths()[i]);
    descriptors.push_back(listeners_->unix()[i].get());
  }
  refusals_.reset();
  if (configuration_.settings.audit().has_value()) {
    ASSIGN_OR_RETURN(
        refusals_, AuditFiles::OpenRefusals(*configuration_.settings.audit()));
    for (const UniqueFd& segment : refusals_->descriptors()) {
      descriptors.push_back(segment.get());
    }
    start.set_refusals_segments(
        static_cast<uint32_t>(refusals_->descriptors().size()));
  }
  paused_ = false;
  front_delay_.Started(absl::Now());
  ASSIGN_OR_RETURN(FrontChild front,
                   LaunchFront(std::move(start), descriptors));
  RETURN_IF_ERROR(CheckAndLog(ProtectedProcess::kFront, front.protections()));
  RETURN_IF_ERROR(front.AwaitReady());
  front_ = std::move(front);
  return absl::OkStatus();
}

absl::StatusOr<FrontChild> Supervisor::LaunchFront(
    processes::v1::FrontStart start, const std::vector<int>& descriptors) {
  for (const std::string& folder : configuration_.settings.keys().directories) {
    start.add_forbidden_folders(folder);
  }
  *start.mutable_prove() = TrialsOfFront();
  return FrontChild::Start(Program("keyhold-front"), front_user_, start,
                           descriptors,
                           [this] { return refusals_->NextSegment(); });
}

processes::v1::ProveProtections Supervisor::TrialsOfFront() const {
  processes::v1::ProveProtections trials;
  trials.set_forbidden_process(vault_->process().pid());
  for (const std::string& path : configuration_.settings.keys().directories) {
    const absl::StatusOr<KeyDirectory> folder = KeyDirectory::Open(path);
    if (!folder.ok()) continue;
    const absl::StatusOr<KeyDirectory::Listing> listing = folder->List();
    if (!listing.ok() || listing->keys.empty()) continue;
    trials.add_forbidden_files(folder->PathOf(listing->keys.front().key_file));
  }
  return trials;
}

absl::Status Supervisor::CheckAndLog(
    ProtectedProcess process, const processes::v1::Protections& protections) {
  log_.Write(ProtectionsLine(process, protections));
  if (!configuration_.settings.hardening_required()) return absl::OkStatus();
  return CheckProtections(process, protections);
}

absl::Status Supervisor::ServeUntilTerminated() {
  while (!draining_ || front_.has_value()) {
    RETURN_IF_ERROR(Turn());
  }
  return absl::OkStatus();
}

absl::Status Supervisor::Turn() {
  const int vault_end = vault_ ? vault_->process().pidfd() : -1;
  const int front_end = front_ ? front_->process().pidfd() : -1;
  struct pollfd events[] = {{signals_.get(), POLLIN, 0},
                            {vault_end, POLLIN, 0},
                            {front_end, POLLIN, 0},
                            {vault_ ? vault_->control_fd() : -1, POLLIN, 0},
                            {front_ ? front_->control_fd() : -1, POLLIN, 0}};
  const absl::Duration wait = std::clamp(
      NextDue() - absl::Now(), absl::ZeroDuration(), absl::Seconds(60));
  const int timeout = static_cast<int>(
      absl::ToInt64Milliseconds(absl::Ceil(wait, absl::Milliseconds(1))));
  if (poll(events, std::size(events), timeout) < 0 && errno != EINTR) {
    return absl::ErrnoToStatus(errno, "poll");
  }
  if (events[0].revents != 0) OnSignal();
  if (events[1].revents != 0) {
    OnVaultEnd();
  } else if (events[3].revents != 0 && !vault_->ReadUnasked().ok()) {
    // It has closed its end, or speaks in tongues.
    vault_->process().Signal(SIGKILL);
  }
  if (events[2].revents != 0) {
    OnFrontEnd();
  } else if (events[4].revents != 0 && !front_->ReadUnasked().ok() &&
             !draining_) {
    front_->process().Signal(SIGKILL);
  }
  if (vault_ && front_ && vault_->audit_pauses() != paused_) {
    paused_ = vault_->audit_pauses();
    // A front that is gone says nothing any more.
    (void)front_->SetPaused(paused_);
  }
  if (vault_ && front_ && vault_->front_at_fault()) {
    front_->process().Signal(SIGKILL);
  }
  StartWhatIsDue();
  return absl::OkStatus();
}

void Supervisor::OnSignal() {
  struct signalfd_siginfo info;
  while (read(signals_.get(), &info, sizeof(info)) == sizeof(info)) {
    if (info.ssi_signo == SIGHUP) {
      if (!draining_) Reload();
    } else {
      Drain();
    }
  }
}

void Supervisor::OnVaultEnd() {
  const std::string how = vault_->process().Reap();
  vault_.reset();
  const absl::Duration wait = vault_delay_.Ended(absl::Now());
  vault_due_ = absl::Now() + wait;
  log_.Write(EndedLine("vault", how, wait));
}

void Supervisor::OnFrontEnd() {
  const std::string how = front_->process().Reap();
  front_.reset();
  if (draining_) return;
  const absl::Duration wait = front_delay_.Ended(absl::Now());
  front_due_ = absl::Now() + wait;
  log_.Write(EndedLine("front", how, wait));
}

absl::Time Supervisor::NextDue() const {
  if (draining_) return absl::InfiniteFuture();
  absl::Time due = std::min(vault_due_, next_look_);
  // A front is of no use before there is a vault.
  return vault_.has_value() ? std::min(due, front_due_) : due;
}

void Supervisor::StartWhatIsDue() {
  const absl::Time now = absl::Now();
  if (draining_) return;
  if (now >= vault_due_) {
    vault_due_ = absl::InfiniteFuture();
    absl::Status status = StartVault();
    if (status.ok() && front_.has_value()) {
      absl::StatusOr<UniqueFd> socket = vault_->ConnectFront();
      status = socket.ok() ? front_->TakeVault(*socket) : socket.status();
    }
    if (!status.ok()) {
      if (vault_.has_value()) vault_->process().Signal(SIGKILL);
      vault_.reset();
      const absl::Duration wait = vault_delay_.Ended(now);
      vault_due_ = now + wait;
      log_.Write(EndedLine("vault", std::string(status.message()), wait));
    }
  }
  if (now >= front_due_ && vault_.has_value()) {
    front_due_ = absl::InfiniteFuture();
    const absl::Status status = StartFront();
    if (!status.ok()) {
      const absl::Duration wait = front_delay_.Ended(now);
      front_due_ = now + wait;
      log_.Write(EndedLine("front", std::string(status.message()), wait));
    }
  }
  if (now >= next_look_) {
    next_look_ = now + kLookAtFiles;
    LookAtFiles();
  }
}

void Supervisor::LookAtFiles() {
  const absl::Status status = transport_->Refresh();
  if (!status.ok()) {
    log_.Write(JsonLine("certificate_not_read", LogLevel::kError)
                   .Add("message", status.message()));
  }
  LookAtFreezes();
}

void Supervisor::LookAtFreezes() {
  absl::StatusOr<FreezeList> list =
      FreezeList::Load(configuration_.settings.freeze_file());
  if (!list.ok()) {
    if (freeze_fault_ == list.status().message()) return;
    freeze_fault_ = std::string(list.status().message());
    log_.Write(JsonLine("freeze_failed", LogLevel::kError)
                   .Add("message", absl::StrCat(freeze_fault_,
                                                "\nwhat was frozen stays so")));
    return;
  }
  freeze_fault_.clear();
  if (*list == frozen_) return;
  frozen_ = *std::move(list);
  log_.Write(FrozenLine(frozen_));
  // A vault that is gone gets it when it starts again.
  if (vault_.has_value()) (void)vault_->Freeze(frozen_);
}

void Supervisor::Reload() {
  absl::StatusOr<Configuration> configuration =
      Configuration::Read(configuration_.path);
  absl::Status status = configuration.status();
  if (status.ok() && !vault_.has_value()) {
    // It is about to start, with the keys as they are now.
    configuration_ = *std::move(configuration);
    return;
  }
  if (status.ok()) status = LoadKeys(*configuration);
  if (status.ok()) {
    configuration_ = *std::move(configuration);
    return;
  }
  log_.Write(JsonLine("reload_failed", LogLevel::kError)
                 .Add("message",
                      absl::StrCat(status.message(), "\nnothing was changed")));
}

void Supervisor::Drain() {
  if (draining_) return;
  draining_ = true;
  (void)NotifyServiceManager("STOPPING=1");
  listeners_->Close();
  if (front_.has_value()) front_->process().Signal(SIGTERM);
}

std::string Supervisor::Program(absl::string_view name) const {
  return absl::StrCat(options_.programs, "/", name);
}

}  // namespace keyhold
