// keyhold-agent: has the signatures of all processes of a host made by a
// signer elsewhere.
#include <csignal>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "daemon/grpc_complaint.h"
#include "daemon/json_log.h"
#include "daemon/line_budget.h"
#include "daemon/process_hardening.h"
#include "daemon/service_manager.h"
#include "grpc/support/log.h"
#include "tls_lib/agent/agent_server.h"
#include "tls_lib/agent/agent_settings.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

constexpr char kVersion[] = "keyhold-agent 0.1.0";
constexpr char kAbout[] =
    "Takes requests for TLS signatures from the processes of this host, on a "
    "UNIX socket, and has a signer make them.\n\nSIGHUP reads the "
    "configuration and the TLS files again. SIGTERM finishes what was accepted "
    "and exits. The log, one JSON object a line, goes to standard error.";
constexpr char kExamples[] =
    "Examples:\n"
    "  keyhold-agent --config /etc/keyhold/agent.yaml\n"
    "  keyhold-agent --config /etc/keyhold/agent.yaml --check\n"
    "Exit codes: 0 stopped by SIGTERM, or the check found nothing; 1 the "
    "configuration, a file or an address is at fault; 2 wrong usage.";

constexpr int kExitFault = 1;
constexpr int kExitUsage = 2;

// What a stalled reader of the log may delay the end.
constexpr absl::Duration kFlushAtEnd = absl::Seconds(2);

const JsonLog& StderrLog() {
  static const JsonLog* const kLog = new JsonLog(STDERR_FILENO);
  return *kLog;
}

// gRPC's own complaints, as lines of the same log.
void LogFromGrpc(gpr_log_func_args* args) {
  static LineBudget* const kBudget = new LineBudget();
  if (args->severity < GPR_LOG_SEVERITY_ERROR) return;
  // gRPC is about to abort the process.
  const bool last_words = absl::StartsWith(args->message, "assertion failed");
  const std::optional<uint64_t> suppressed = kBudget->Take(absl::Now());
  if (!suppressed.has_value() && !last_words) return;
  StderrLog().Write(GrpcComplaint(args->message));
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

void LogWarnings(const AgentSettings& settings) {
  for (const std::string& warning : settings.warnings()) {
    StderrLog().Write(
        JsonLine("config_warning", LogLevel::kWarning).Add("message", warning));
  }
}

// The service manager may be gone; the agent serves all the same.
void Notify(const absl::Status& notified) {
  if (notified.ok()) return;
  StderrLog().Write(JsonLine("notify_failed", LogLevel::kWarning)
                        .Add("message", notified.message()));
}

absl::Status TryReload(AgentServer& server, const std::string& config_path) {
  ASSIGN_OR_RETURN(const AgentSettings settings,
                   AgentSettings::Load(config_path));
  LogWarnings(settings);
  RETURN_IF_ERROR(server.Reload(settings));
  StderrLog().Write(JsonLine("reload").Add("rules", settings.rule_count()));
  return absl::OkStatus();
}

void Reload(AgentServer& server, const std::string& config_path) {
  Notify(NotifyReloading());
  const absl::Status status = TryReload(server, config_path);
  if (!status.ok()) {
    StderrLog().Write(
        JsonLine("reload_failed", LogLevel::kError)
            .Add("message", status.message())
            .Add("consequence", "the old configuration stays in force"));
  }
  Notify(NotifyServiceManager("READY=1"));
}

void ServeUntilTerminated(AgentServer& server, const std::string& config_path) {
  const sigset_t signals = HandledSignals();
  while (true) {
    const int number = sigwaitinfo(&signals, nullptr);
    if (number == SIGHUP) {
      Reload(server, config_path);
    } else if (number == SIGTERM || number == SIGINT) {
      Notify(NotifyServiceManager("STOPPING=1"));
      StderrLog().Write(JsonLine("drain"));
      server.Drain();
      return;
    }
  }
}

absl::Status Check(const AgentSettings& settings) {
  LogWarnings(settings);
  return MakeSignerClient(settings).status();
}

absl::Status Run(const std::string& config_path, bool check_only) {
  const JsonLog& log = StderrLog();
  ASSIGN_OR_RETURN(const AgentSettings settings,
                   AgentSettings::Load(config_path));
  if (check_only) return Check(settings);
  log.Write(
      JsonLine("start").Add("version", kVersion).Add("config", config_path));
  LogWarnings(settings);
  ASSIGN_OR_RETURN(std::vector<UniqueFd> sockets, TakeListeningUnixSockets());
  ASSIGN_OR_RETURN(const std::unique_ptr<AgentServer> server,
                   AgentServer::Start(settings, std::move(sockets), log));
  log.Write(JsonLine("ready")
                .AddObjects("listeners", "address", server->addresses())
                .AddList("signers", settings.signer().endpoints)
                .Add("rules", settings.rule_count()));
  Notify(NotifyServiceManager("READY=1"));
  ServeUntilTerminated(*server, config_path);
  log.Write(JsonLine("stop"));
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  // A signature's way takes many locks, and its graph of them grows with it.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  gpr_set_log_function(LogFromGrpc);
  // Every thread inherits the mask: only sigwaitinfo sees these signals.
  const sigset_t signals = HandledSignals();
  sigprocmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  CLI::App app(kAbout, "keyhold-agent");
  std::string config_path;
  bool check_only = false;
  app.add_option("--config", config_path, "the configuration, a YAML file")
      ->required()
      ->type_name("FILE");
  app.add_flag("--check", check_only,
               "only read the configuration and certificates, and say what is "
               "wrong");
  app.set_version_flag("--version", kVersion);
  app.footer(kExamples);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }

  absl::Status status = HardenProcess();
  if (status.ok()) status = Run(config_path, check_only);
  if (!status.ok()) {
    StderrLog().Write(
        JsonLine("failed", LogLevel::kError).Add("message", status.message()));
  }
  StderrLog().Flush(kFlushAtEnd);
  return status.ok() ? 0 : kExitFault;
}

}  // namespace
}  // namespace keyhold

int main(int argc, char** argv) { return keyhold::Main(argc, argv); }
