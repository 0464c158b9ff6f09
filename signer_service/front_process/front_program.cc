#include "signer_service/front_process/front_program.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <iterator>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/time/time.h"
#include "daemon/process_hardening.h"
#include "signer_service/audit/audit_notice_line.h"
#include "signer_service/audit/local_audit_logs.h"
#include "signer_service/process/capabilities.h"
#include "signer_service/process/landlock_rules.h"
#include "signer_service/process/memory_file.h"
#include "signer_service/process/protection_trials.h"
#include "signer_service/process/seccomp_filter.h"
#include "signer_service/process/usable_cores.h"
#include "signer_service/vault_process/failure.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

using processes::v1::FromFront;
using processes::v1::Site;
using processes::v1::ToFront;

namespace {

constexpr absl::Duration kSupervisorReads = absl::Seconds(60);
// Of FrontStart, before the listeners' own.
constexpr size_t kFixedDescriptors = 2;
// Of each TCP listener.
constexpr size_t kTransportFiles = 3;

absl::Status UnexpectedMessage(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("the supervisor sent ", what,
                   "; front, vault and supervisor must be of one version"));
}

absl::StatusOr<Site> ReadSite(const UniqueFd& file) {
  ASSIGN_OR_RETURN(const std::string bytes, ReadSealedMemoryFile(file));
  Site site;
  if (!site.ParseFromString(bytes)) return UnexpectedMessage("no site");
  return site;
}

std::string PathOf(const UniqueFd& fd) {
  return absl::StrCat("/proc/self/fd/", fd.get());
}

}  // namespace

absl::Status FrontProgram::Run(const JsonLog& (*make_log)()) {
  absl::Status status = Start(make_log);
  if (status.ok() && !prove_only_) status = ServeUntilTold();
  // The end of the supervisor is this one's end, and no fault.
  if (absl::IsUnavailable(status)) status = absl::OkStatus();
  if (!status.ok()) {
    status = absl::Status(status.code(),
                          absl::StrReplaceAll(status.message(), real_paths_));
    FromFront failed;
    failed.set_failed(std::string(status.message()));
    (void)Reply(failed);
  }
  service_.reset();
  vault_.reset();
  if (segments_ != nullptr) segments_->Close();
  refusals_.reset();
  refused_.reset();
  return status;
}

absl::Status FrontProgram::Start(const JsonLog& (*make_log)()) {
  RETURN_IF_ERROR(HardenProcess());
  ToFront message;
  ASSIGN_OR_RETURN(std::vector<UniqueFd> descriptors,
                   control_.Receive(message, absl::InfiniteDuration()));
  if (!message.has_start()) return UnexpectedMessage("no start");
  const processes::v1::FrontStart& start = message.start();
  prove_only_ = start.prove_only();
  RETURN_IF_ERROR(Confine(start));
  FromFront proof;
  *proof.mutable_protections() = Prove(start.prove());
  RETURN_IF_ERROR(Reply(proof));
  if (prove_only_) return absl::OkStatus();

  if (descriptors.size() < kFixedDescriptors) {
    return UnexpectedMessage("too few descriptors");
  }
  ASSIGN_OR_RETURN(Site site, ReadSite(descriptors[0]));
  UniqueFd vault_socket = std::move(descriptors[1]);
  keys_ = std::make_unique<SiteKeys>(std::move(site));
  if (start.refusals_segments() > descriptors.size()) {
    return UnexpectedMessage("too few segments");
  }
  std::vector<UniqueFd> segments(
      std::make_move_iterator(descriptors.end() - start.refusals_segments()),
      std::make_move_iterator(descriptors.end()));
  descriptors.resize(descriptors.size() - start.refusals_segments());
  ASSIGN_OR_RETURN(SignerSettings settings,
                   ReadSettings(start, std::move(descriptors)));
  const JsonLog& log = make_log();
  if (!segments.empty() && settings.audit().has_value()) {
    ASSIGN_OR_RETURN(refused_,
                     OpenRefusals(*settings.audit(), std::move(segments), log));
    refusals_ = std::make_unique<RefusalLog>(*refused_);
  }
  ProcessVault::Options options;
  options.threads = settings.threads().value_or(UsableCores());
  options.max_message_bytes = settings.limits().max_message_bytes;
  vault_ = std::make_unique<ProcessVault>(options);
  vault_->Attach(std::move(vault_socket));
  SignerService::Options service_options;
  service_options.config_path = keys_->site().config_path();
  service_options.keys = keys_.get();
  service_options.refusals = refusals_.get();
  ASSIGN_OR_RETURN(service_,
                   SignerService::Start(std::move(settings), *vault_, log,
                                        std::move(service_options)));
  FromFront ready;
  for (const std::string& address : service_->addresses()) {
    ready.mutable_ready()->add_addresses(address);
  }
  return Reply(ready);
}

absl::StatusOr<std::unique_ptr<AuditLog>> FrontProgram::OpenRefusals(
    const AuditSettings& settings, std::vector<UniqueFd> segments,
    const JsonLog& log) {
  auto source =
      std::make_unique<HandedOverSegments>(std::move(segments), [this] {
        FromFront message;
        message.mutable_segment_wanted();
        return Reply(message);
      });
  segments_ = source.get();
  return AuditLog::Open(
      std::move(source), std::nullopt,
      RefusalsOptions(settings, [&log](const AuditNotice& notice) {
        log.Write(AuditNoticeLine(notice));
      }));
}

absl::Status FrontProgram::Confine(const processes::v1::FrontStart& start) {
  const std::vector<std::string> forbidden(start.forbidden_folders().begin(),
                                           start.forbidden_folders().end());
  const std::string root[] = {"/"};
  AllowedFiles allowed;
  allowed.readable = root;
  allowed.forbidden = forbidden;
  landlock_ = AllowOnlyFiles(allowed);
  RETURN_IF_ERROR(KeepOnlyCapabilities({}));
  return FilterFront();
}

processes::v1::Protections FrontProgram::Prove(
    const processes::v1::ProveProtections& asked) const {
  processes::v1::Protections protections;
  ProtectionTrials trials(protections);
  trials.TrySeccomp();
  trials.TryNoNewPrivileges();
  trials.TryNotDumpable();
  const std::vector<std::string> files(asked.forbidden_files().begin(),
                                       asked.forbidden_files().end());
  trials.TryOpening(files);
  trials.TryCapabilities();
  if (asked.forbidden_process() > 0) {
    trials.TryForeignMemory(static_cast<pid_t>(asked.forbidden_process()));
  }
  trials.Report(kLandlock, landlock_);
  return protections;
}

absl::StatusOr<SignerSettings> FrontProgram::ReadSettings(
    const processes::v1::FrontStart& start, std::vector<UniqueFd> descriptors) {
  const auto tcp = static_cast<size_t>(start.addresses_size());
  if (static_cast<size_t>(start.transport_files_size()) !=
          tcp * kTransportFiles ||
      descriptors.size() != kFixedDescriptors + tcp * (1 + kTransportFiles) +
                                static_cast<size_t>(start.unix_paths_size())) {
    return UnexpectedMessage("a start that does not fit its descriptors");
  }
  size_t next = kFixedDescriptors;
  SignerSettings::HandedOver handed_over;
  for (size_t i = 0; i < tcp; ++i) {
    TcpListenerSettings& listener = handed_over.tcp.emplace_back();
    listener.address = start.addresses(static_cast<int>(i));
    listener.socket =
        std::make_shared<UniqueFd>(std::move(descriptors[next++]));
    std::string* const paths[] = {&listener.certificate_file,
                                  &listener.private_key_file,
                                  &listener.client_ca_file};
    for (size_t file = 0; file < kTransportFiles; ++file) {
      *paths[file] = PathOf(descriptors[next]);
      real_paths_.push_back(
          {*paths[file], start.transport_files(
                             static_cast<int>(i * kTransportFiles + file))});
      transport_files_.push_back(std::move(descriptors[next++]));
    }
  }
  for (const std::string& path : start.unix_paths()) {
    UnixListenerSettings& listener = handed_over.unix.emplace_back();
    listener.path = path;
    listener.socket =
        std::make_shared<UniqueFd>(std::move(descriptors[next++]));
  }
  return SignerSettings::ParseForFront(keys_->site().config_path(),
                                       keys_->site().config_yaml(),
                                       std::move(handed_over));
}

absl::Status FrontProgram::ServeUntilTold() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  const UniqueFd signal_fd(signalfd(-1, &signals, SFD_CLOEXEC));
  if (!signal_fd) return absl::ErrnoToStatus(errno, "signalfd");
  while (true) {
    struct pollfd events[] = {{signal_fd.get(), POLLIN, 0},
                              {control_.fd(), POLLIN, 0}};
    if (poll(events, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return absl::ErrnoToStatus(errno, "poll");
    }
    if (events[0].revents != 0) {
      service_->Drain();
      return absl::OkStatus();
    }
    if (events[1].revents == 0) continue;
    ToFront message;
    ASSIGN_OR_RETURN(std::vector<UniqueFd> descriptors,
                     control_.Receive(message, absl::ZeroDuration()));
    RETURN_IF_ERROR(Handle(message, std::move(descriptors)));
  }
}

absl::Status FrontProgram::Handle(const ToFront& message,
                                  std::vector<UniqueFd> descriptors) {
  switch (message.message_case()) {
    case ToFront::kNewVault:
      if (descriptors.size() != 1) return UnexpectedMessage("no socket");
      vault_->Attach(std::move(descriptors[0]));
      return absl::OkStatus();
    case ToFront::kPaused:
      service_->SetPaused(message.paused());
      return absl::OkStatus();
    case ToFront::kSegment: {
      if (segments_ == nullptr) return UnexpectedMessage("a segment");
      const absl::Status status = FromFailure(message.segment().failure());
      if (!status.ok()) {
        segments_->Take(status);
      } else if (descriptors.size() != 1) {
        return UnexpectedMessage("no segment");
      } else {
        segments_->Take(std::move(descriptors[0]));
      }
      return absl::OkStatus();
    }
    case ToFront::kNewSite: {
      if (descriptors.size() != 1) return UnexpectedMessage("no site");
      FromFront reply;
      *reply.mutable_site_taken()->mutable_failure() =
          ToFailure(TakeSite(std::move(descriptors[0])));
      return Reply(reply);
    }
    default:
      return UnexpectedMessage("an unknown message");
  }
}

absl::Status FrontProgram::TakeSite(UniqueFd file) {
  ASSIGN_OR_RETURN(Site site, ReadSite(file));
  absl::StatusOr<SignerSettings> settings = SignerSettings::ParseForFront(
      site.config_path(), site.config_yaml(), std::nullopt);
  keys_->Set(std::move(site));
  return service_->Reload(std::move(settings));
}

absl::Status FrontProgram::Reply(const FromFront& message) const {
  return control_.Send(message, {}, kSupervisorReads);
}

}  // namespace keyhold
