#include "signer_service/vault_process/vault_program.h"

#include <unistd.h>

#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "daemon/process_hardening.h"
#include "signer_service/audit/audit_key.h"
#include "signer_service/audit/audit_notice_line.h"
#include "signer_service/core/freeze_list.h"
#include "signer_service/process/capabilities.h"
#include "signer_service/process/landlock_rules.h"
#include "signer_service/process/namespaces.h"
#include "signer_service/process/protection_trials.h"
#include "signer_service/process/seccomp_filter.h"
#include "signer_service/process/secure_heap.h"
#include "signer_service/vault/key_file_reader.h"
#include "signer_service/vault_process/failure.h"
#include "signer_service/vault_process/key_batch.h"
#include "signer_service/vault_process/library_warm_up.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

using processes::v1::FromVault;
using processes::v1::ToVault;

namespace {

constexpr absl::Duration kSupervisorReads = absl::Seconds(60);
// Of one message to the supervisor.
constexpr size_t kOutcomesPerMessage = 64;

absl::Status UnexpectedMessage(absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("the supervisor sent ", what,
                   "; front, vault and supervisor must be of one version"));
}

void LogFailedCheck(const JsonLog& log, const FailedCheck& failed) {
  log.Write(
      JsonLine("signature_check_failed", LogLevel::kError)
          .Add("engine", failed.engine)
          .Add("spki_sha256", absl::BytesToHexString(failed.spki_sha256))
          .Add("message",
               failed.recovered
                   ? "a signature failed its check and was not released; "
                     "OpenSSL made it again, and that one holds"
                   : "a signature failed its check twice; none was released, "
                     "and the key signs no more until the keys are reloaded: "
                     "look for faulty memory or a faulty processor")
          .Add("engine_switched_off", failed.engine_switched_off ? 1 : 0));
}

}  // namespace

absl::Status VaultProgram::Run() {
  absl::Status status = Start();
  if (status.ok()) status = Serve();
  // The end of the supervisor is this one's end, and no fault.
  if (absl::IsUnavailable(status)) status = absl::OkStatus();
  if (!status.ok()) {
    FromVault failed;
    failed.set_failed(std::string(status.message()));
    (void)Reply(failed);
  }
  frames_.reset();
  if (segments_ != nullptr) segments_->Close();
  audited_.reset();
  audit_log_.reset();
  keys_.reset();
  return status;
}

absl::Status VaultProgram::Start() {
  RETURN_IF_ERROR(HardenProcess());
  ToVault message;
  ASSIGN_OR_RETURN(std::vector<UniqueFd> descriptors,
                   control_.Receive(message, absl::InfiniteDuration()));
  if (!message.has_start()) return UnexpectedMessage("no start");
  RETURN_IF_ERROR(Confine(message.start(), std::move(descriptors)));
  const SecureHeapState heap = GetSecureHeapState();
  FromVault ready;
  ready.mutable_ready()->set_secure_heap_bytes(heap.bytes);
  ready.mutable_ready()->set_warning(heap.warning);
  return Reply(ready);
}

// Order matters: namespaces and Landlock while there is one thread, for they
// hold for what that starts; then all threads; and the filter last, over all
// of them.
absl::Status VaultProgram::Confine(const processes::v1::VaultStart& start,
                                   std::vector<UniqueFd> descriptors) {
  namespaces_ = EnterOwnNamespaces();
  // Those of the frames and of the slow lane, and this one.
  const size_t heap_threads = 2 * start.threads() + 1;
  uint64_t heap = start.secure_heap_bytes();
  if (heap == 0) {
    const std::vector<size_t> sizes(start.key_file_bytes().begin(),
                                    start.key_file_bytes().end());
    heap = SecureHeapBytesFor(sizes, heap_threads);
  }
  RETURN_IF_ERROR(CreateSecureHeap(heap, heap_threads).status());
  RETURN_IF_ERROR(KeepOnlyCapabilities({}));
  landlock_ = ForbidAllFiles();
  log_ = std::make_unique<JsonLog>(STDERR_FILENO);
  RETURN_IF_ERROR(WarmUpLibraries());

  InProcessVaultOptions options;
  options.max_message_bytes = start.max_message_bytes();
  options.slow_lane.threads = start.threads();
  options.on_failed_check = [this](const FailedCheck& failed) {
    LogFailedCheck(*log_, failed);
    if (failed.engine_switched_off && frames_ != nullptr) {
      frames_->EnginesChanged();
    }
  };
  keys_ = std::make_unique<InProcessVault>(std::move(options));
  if (start.has_audit()) {
    RETURN_IF_ERROR(OpenAuditLog(start.audit(), std::move(descriptors)));
  }
  FrameServer::Options frames;
  frames.threads = start.threads();
  frames.on_front_at_fault = [this](const absl::Status& fault) {
    log_->Write(JsonLine("front_at_fault", LogLevel::kError)
                    .Add("message", fault.message()));
    FromVault message;
    message.mutable_front_at_fault()->set_reason(std::string(fault.message()));
    (void)Reply(message);
  };
  frames_ = std::make_unique<FrameServer>(vault(), std::move(frames));
  return FilterVault();
}

absl::Status VaultProgram::OpenAuditLog(const processes::v1::AuditStart& start,
                                        std::vector<UniqueFd> descriptors) {
  if (descriptors.size() < 2) return UnexpectedMessage("no audit log");
  ASSIGN_OR_RETURN(const SecretBytes bytes, ReadKeyFile(descriptors[0]));
  ASSIGN_OR_RETURN(AuditKey key, AuditKey::Parse(bytes));
  descriptors.erase(descriptors.begin());
  auto segments =
      std::make_unique<HandedOverSegments>(std::move(descriptors), [this] {
        FromVault message;
        message.mutable_segment_wanted();
        return Reply(message);
      });
  segments_ = segments.get();
  AuditOptions options;
  options.sync = start.sync_batch() ? AuditSync::kBatch : AuditSync::kNone;
  options.when_full = start.continue_when_full() ? AuditWhenFull::kContinue
                                                 : AuditWhenFull::kBlock;
  options.segment_bytes = start.segment_bytes();
  options.on_notice = [this](const AuditNotice& notice) {
    log_->Write(AuditNoticeLine(notice));
    const bool pauses = notice.kind == AuditNotice::Kind::kBlocked ||
                        notice.kind == AuditNotice::Kind::kStalled;
    if (!pauses && notice.kind != AuditNotice::Kind::kWritable) return;
    FromVault message;
    message.set_audit_pauses(pauses);
    (void)Reply(message);
  };
  ASSIGN_OR_RETURN(
      audit_log_,
      AuditLog::Open(std::move(segments), std::move(key), std::move(options)));
  audited_ = std::make_unique<AuditedVault>(*keys_, *audit_log_);
  return absl::OkStatus();
}

absl::Status VaultProgram::Serve() {
  while (true) {
    ToVault message;
    ASSIGN_OR_RETURN(std::vector<UniqueFd> descriptors,
                     control_.Receive(message, absl::InfiniteDuration()));
    RETURN_IF_ERROR(Handle(message, std::move(descriptors)));
  }
}

absl::Status VaultProgram::Handle(ToVault& message,
                                  std::vector<UniqueFd> descriptors) {
  FromVault reply;
  switch (message.message_case()) {
    case ToVault::kKeys:
      return TakeKeys(message.keys(), std::move(descriptors));
    case ToVault::kNewFront:
      if (descriptors.size() != 1) return UnexpectedMessage("no socket");
      frames_->Serve(std::move(descriptors[0]));
      reply.mutable_ack();
      return Reply(reply);
    case ToVault::kFreezes: {
      ASSIGN_OR_RETURN(FreezeList list,
                       FreezeList::Parse(message.freezes().list()));
      keys_->SetFrozen(std::move(list));
      reply.mutable_ack();
      return Reply(reply);
    }
    case ToVault::kSegment: {
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
    case ToVault::kProve:
      *reply.mutable_protections() = Prove(message.prove());
      return Reply(reply);
    default:
      return UnexpectedMessage("an unknown message");
  }
}

absl::Status VaultProgram::TakeKeys(const processes::v1::KeyBatch& batch,
                                    std::vector<UniqueFd> descriptors) {
  if (batch.first()) files_.clear();
  RETURN_IF_ERROR(ReadKeyBatch(batch, std::move(descriptors), files_));
  if (!batch.last()) {
    FromVault reply;
    reply.mutable_ack();
    return Reply(reply);
  }
  return SendOutcomes(vault().ReplaceKeys(std::exchange(files_, {})));
}

absl::Status VaultProgram::SendOutcomes(
    const std::vector<KeyFileOutcome>& outcomes) {
  FromVault message;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    processes::v1::KeyOutcome& out =
        *message.mutable_outcomes()->add_outcomes();
    if (!outcomes[i].status.ok()) {
      *out.mutable_failure() = ToFailure(outcomes[i].status);
    }
    if (outcomes[i].serving.has_value()) {
      out.set_serving_spki(std::string(outcomes[i].serving->spki()));
    }
    if ((i + 1) % kOutcomesPerMessage == 0 && i + 1 < outcomes.size()) {
      RETURN_IF_ERROR(Reply(message));
      message.Clear();
    }
  }
  message.mutable_outcomes()->set_last(true);
  return Reply(message);
}

processes::v1::Protections VaultProgram::Prove(
    const processes::v1::ProveProtections& asked) const {
  processes::v1::Protections protections;
  ProtectionTrials trials(protections);
  trials.TrySeccomp();
  trials.TryNoNewPrivileges();
  trials.TryNotDumpable();
  const SecureHeapState heap = GetSecureHeapState();
  trials.Report(kSecureHeapLocked,
                heap.locked ? absl::OkStatus()
                            : absl::FailedPreconditionError(heap.warning));
  const std::vector<std::string> files(asked.forbidden_files().begin(),
                                       asked.forbidden_files().end());
  trials.TryOpening(files);
  trials.TryNetwork();
  trials.TryCapabilities();
  if (asked.forbidden_process() > 0) {
    trials.TryForeignMemory(static_cast<pid_t>(asked.forbidden_process()));
  }
  trials.Report(kLandlock, landlock_);
  trials.Report(kNamespaces, namespaces_);
  return protections;
}

absl::Status VaultProgram::Reply(const FromVault& message) {
  return control_.Send(message, {}, kSupervisorReads);
}

}  // namespace keyhold
