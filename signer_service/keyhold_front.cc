// keyhold-front: the signer's part that talks to the network. Started by
// keyhold-signer: without arguments it has no keys and asks a vault; with a
// configuration it holds the keys itself.
#include <fcntl.h>

#include <csignal>
#include <cstdint>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "daemon/grpc_complaint.h"
#include "daemon/json_log.h"
#include "daemon/line_budget.h"
#include "daemon/process_hardening.h"
#include "grpc/support/log.h"
#include "signer_service/audit/audit_log.h"
#include "signer_service/audit/audited_vault.h"
#include "signer_service/audit/local_audit_logs.h"
#include "signer_service/audit/refusal_log.h"
#include "signer_service/config/signer_settings.h"
#include "signer_service/core/freeze_list.h"
#include "signer_service/engines/self_checking_signer.h"
#include "signer_service/front/audit_pause.h"
#include "signer_service/front/signer_service.h"
#include "signer_service/front_process/front_program.h"
#include "signer_service/keys/freeze_watch.h"
#include "signer_service/keys/key_directory.h"
#include "signer_service/process/secure_heap.h"
#include "signer_service/process/usable_cores.h"
#include "signer_service/vault/in_process_vault.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

constexpr char kVersion[] = "keyhold-signer 0.1.0";
constexpr char kAbout[] =
    "The part of keyhold-signer that talks to the network. Start "
    "keyhold-signer "
    "instead.";

// The supervisor's socket.
constexpr int kControlDescriptor = 3;
constexpr int kExitFault = 1;
constexpr int kExitUsage = 2;

// What a stalled reader of the log may delay the end.
constexpr absl::Duration kFlushAtEnd = absl::Seconds(2);

const JsonLog& StderrLog() {
  static const JsonLog* const kLog = new JsonLog(STDERR_FILENO);
  return *kLog;
}

// gRPC's own complaints, as lines of the same log. Anybody who can connect can
// cause them.
void LogFromGrpc(gpr_log_func_args* args) {
  static LineBudget* const kBudget = new LineBudget();
  if (args->severity < GPR_LOG_SEVERITY_ERROR) return;
  // gRPC is about to abort the process.
  const bool last_words = absl::StartsWith(args->message, "assertion failed");
  const std::optional<uint64_t> suppressed = kBudget->Take(absl::Now());
  if (!suppressed.has_value() && !last_words) return;
  JsonLine line = GrpcComplaint(args->message);
  if (suppressed.value_or(0) > 0) {
    line.Add("suppressed", static_cast<int64_t>(*suppressed));
  }
  StderrLog().Write(line);
  if (last_words) StderrLog().Flush(kFlushAtEnd);
}

sigset_t HandledSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGHUP, SIGTERM, SIGINT}) {
    sigaddset(&signals, number);
  }
  return signals;
}

size_t SigningThreads(const SignerSettings& settings) {
  return settings.threads().value_or(UsableCores());
}

absl::Status MakeSecureHeap(const SignerSettings& settings) {
  // Those of the pool, of unary calls and of the slow lane.
  const size_t threads = 3 * SigningThreads(settings);
  uint64_t bytes = 0;
  if (settings.secure_heap_bytes().has_value()) {
    bytes = *settings.secure_heap_bytes();
  } else {
    ASSIGN_OR_RETURN(const std::vector<size_t> sizes,
                     KeyFileSizes(settings.keys().directories));
    bytes = SecureHeapBytesFor(sizes, threads);
  }
  ASSIGN_OR_RETURN(const SecureHeapState heap,
                   CreateSecureHeap(bytes, threads));
  if (!heap.warning.empty()) {
    StderrLog().Write(JsonLine("secure_heap_warning", LogLevel::kWarning)
                          .Add("message", heap.warning));
  }
  return absl::OkStatus();
}

void LogFailedCheck(const FailedCheck& failed) {
  StderrLog().Write(
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

void LogFrozen(const FreezeList& frozen) {
  StderrLog().Write(JsonLine("frozen", LogLevel::kWarning)
                        .Add("keys", frozen.keys().size())
                        .Add("identities", frozen.identities().size()));
}

// Takes a change of the list over; one that cannot be read changes nothing.
void OnFreezeChange(InProcessVault& vault, absl::StatusOr<FreezeList> list) {
  if (!list.ok()) {
    StderrLog().Write(
        JsonLine("freeze_failed", LogLevel::kError)
            .Add("message", absl::StrCat(list.status().message(),
                                         "\nwhat was frozen stays so")));
    return;
  }
  LogFrozen(*list);
  vault.SetFrozen(*std::move(list));
}

void ServeUntilTerminated(SignerService& service) {
  const sigset_t signals = HandledSignals();
  while (true) {
    const int number = sigwaitinfo(&signals, nullptr);
    if (number == SIGHUP) {
      // Reported in the log; the old configuration stays.
      (void)service.Reload();
    } else if (number == SIGTERM || number == SIGINT) {
      service.Drain();
      return;
    }
  }
}

// The vault and the logs of a signer with audit; without it, only the vault.
struct Audit {
  static absl::StatusOr<std::unique_ptr<Audit>> Open(
      const std::optional<AuditSettings>& settings, Vault& keys,
      AuditPause& pause) {
    auto audit = std::make_unique<Audit>();
    audit->vault = &keys;
    if (!settings.has_value()) return audit;
    const auto on_notice = [&pause](const AuditNotice& notice) {
      pause.OnNotice(notice);
    };
    ASSIGN_OR_RETURN(audit->signatures,
                     OpenSignaturesLog(*settings, on_notice));
    audit->audited = std::make_unique<AuditedVault>(keys, *audit->signatures);
    audit->vault = audit->audited.get();
    ASSIGN_OR_RETURN(audit->refused, OpenRefusalsLog(*settings, on_notice));
    audit->refusals = std::make_unique<RefusalLog>(*audit->refused);
    return audit;
  }

  std::unique_ptr<AuditLog> signatures;
  std::unique_ptr<AuditedVault> audited;
  std::unique_ptr<AuditLog> refused;
  std::unique_ptr<RefusalLog> refusals;
  Vault* vault = nullptr;
};

absl::Status Run(const std::string& config_path, bool check_only) {
  const JsonLog& log = StderrLog();
  ASSIGN_OR_RETURN(SignerSettings settings, SignerSettings::Load(config_path));
  RETURN_IF_ERROR(MakeSecureHeap(settings));
  InProcessVaultOptions options;
  options.max_message_bytes = settings.limits().max_message_bytes;
  options.on_failed_check = LogFailedCheck;
  options.slow_lane.threads = SigningThreads(settings);
  InProcessVault keys(std::move(options));
  if (check_only) return CheckKeysAndFiles(settings, keys, log);
  // Without it, what an operator has switched off would be on again.
  ASSIGN_OR_RETURN(const FreezeList frozen,
                   FreezeList::Load(settings.freeze_file()));
  if (!frozen.empty()) LogFrozen(frozen);
  keys.SetFrozen(frozen);
  const FreezeWatch watch(settings.freeze_file(), frozen,
                          [&](absl::StatusOr<FreezeList> list) {
                            OnFreezeChange(keys, std::move(list));
                          });
  AuditPause pause(log);
  ASSIGN_OR_RETURN(const std::unique_ptr<Audit> audit,
                   Audit::Open(settings.audit(), keys, pause));
  log.Write(
      JsonLine("start").Add("version", kVersion).Add("config", config_path));
  if (audit->signatures == nullptr) {
    log.Write(JsonLine("audit_off", LogLevel::kWarning)
                  .Add("message",
                       "the configuration has no `audit`: no signature leaves "
                       "a record"));
  }
  SignerService::Options service_options;
  service_options.config_path = config_path;
  service_options.refusals = audit->refusals.get();
  ASSIGN_OR_RETURN(const std::unique_ptr<SignerService> service,
                   SignerService::Start(std::move(settings), *audit->vault, log,
                                        std::move(service_options)));
  pause.Attach(service.get());
  ServeUntilTerminated(*service);
  pause.Attach(nullptr);
  log.Write(JsonLine("stop"));
  return absl::OkStatus();
}

// As a child of the supervisor.
absl::Status RunFront() {
  UniqueFd control(kControlDescriptor);
  fcntl(control.get(), F_SETFD, FD_CLOEXEC);
  return FrontProgram(std::move(control)).Run(StderrLog);
}

// All in one process.
absl::Status RunAlone(const std::string& config_path, bool check_only) {
  RETURN_IF_ERROR(HardenProcess());
  return Run(config_path, check_only);
}

int Main(int argc, char** argv) {
  // A signature's way takes many locks, and its graph of them grows with it.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  gpr_set_log_function(LogFromGrpc);
  // Every thread inherits the mask: only sigwaitinfo sees these signals.
  const sigset_t signals = HandledSignals();
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  // A limit of a file's size is a full disk to the audit log.
  signal(SIGXFSZ, SIG_IGN);

  CLI::App app(kAbout, "keyhold-front");
  std::string config_path;
  bool check_only = false;
  app.add_option("--config", config_path, "the configuration, a YAML file")
      ->type_name("FILE");
  app.add_flag("--check", check_only,
               "only read the configuration, keys and certificates, and say "
               "what is wrong");
  app.set_version_flag("--version", kVersion);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }

  const bool is_child = config_path.empty();
  if (is_child && fcntl(kControlDescriptor, F_GETFD) < 0) {
    std::cerr << "keyhold-front is started by keyhold-signer, not by hand\n";
    return kExitUsage;
  }
  const absl::Status status =
      is_child ? RunFront() : RunAlone(config_path, check_only);
  // What becomes of a child, the supervisor says.
  if (!status.ok() && !is_child) {
    StderrLog().Write(
        JsonLine("failed", LogLevel::kError).Add("message", status.message()));
  }
  StderrLog().Flush(kFlushAtEnd);
  return status.ok() ? 0 : kExitFault;
}

}  // namespace
}  // namespace keyhold

int main(int argc, char** argv) { return keyhold::Main(argc, argv); }
