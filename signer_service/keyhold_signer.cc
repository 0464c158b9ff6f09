// keyhold-signer: holds private keys and signs TLS handshakes with them. This
// program is the supervisor of the two that do it.
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <iostream>
#include <string>
#include <system_error>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "daemon/json_log.h"
#include "daemon/process_hardening.h"
#include "signer_service/supervisor/site_loader.h"
#include "signer_service/supervisor/supervisor.h"
#include "signer_service/supervisor/supervisor_log.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

constexpr char kVersion[] = "keyhold-signer 0.1.0";
constexpr char kAbout[] =
    "Holds private keys and signs TLS handshakes with them, for the callers "
    "that its policy names.\n\nSIGHUP reads the configuration, keys and policy "
    "again. SIGTERM finishes what was accepted and exits. The log, one JSON "
    "object a line, goes to standard error.";
constexpr char kExamples[] =
    "Examples:\n"
    "  keyhold init demo && keyhold-signer --config demo/signer/signer.yaml\n"
    "  keyhold-signer --config /etc/keyhold/signer.yaml --check\n"
    "Exit codes: 0 stopped by SIGTERM, or the check found nothing; 1 the "
    "configuration, a file or an address is at fault; 2 wrong usage.";

constexpr int kExitFault = 1;
constexpr int kExitUsage = 2;

struct Arguments {
  std::string config;
  std::string programs;
  bool check = false;
  bool selfcheck = false;
};

const SupervisorLog& Log() {
  static const SupervisorLog* const kLog = new SupervisorLog(STDERR_FILENO);
  return *kLog;
}

std::string FolderOfThisProgram() {
  std::error_code error;
  const std::filesystem::path self =
      std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? "." : self.parent_path().string();
}

absl::Status NoSelfCheckInProcess() {
  return absl::FailedPreconditionError(
      "vault: in_process has nothing to prove: whoever takes over the process "
      "that talks to the network has the keys. Set vault: process");
}

// Becomes the front, with the vault inside it. Returns only if it cannot.
absl::Status BecomeFront(const Arguments& arguments) {
  std::string program = absl::StrCat(arguments.programs, "/keyhold-front");
  std::string name = "keyhold-signer";
  std::string config = absl::StrCat("--config=", arguments.config);
  std::string check = "--check";
  char* const words[] = {name.data(), config.data(),
                         arguments.check ? check.data() : nullptr, nullptr};
  execv(program.c_str(), words);
  return absl::ErrnoToStatus(errno, program);
}

absl::Status SelfCheck(Supervisor& supervisor) {
  ASSIGN_OR_RETURN(const Supervisor::Findings findings, supervisor.SelfCheck());
  std::cout << findings.text << std::flush;
  return findings.verdict;
}

absl::Status Run(const Arguments& arguments) {
  ASSIGN_OR_RETURN(Configuration configuration,
                   Configuration::Read(arguments.config));
  const bool in_process = configuration.settings.vault_in_process();
  if (arguments.selfcheck && in_process) return NoSelfCheckInProcess();
  if (arguments.check || in_process) return BecomeFront(arguments);
  const bool has_audit = configuration.settings.audit().has_value();
  RETURN_IF_ERROR(HardenProcess());
  Supervisor supervisor(std::move(configuration), {arguments.programs}, Log());
  if (arguments.selfcheck) return SelfCheck(supervisor);
  Log().Write(JsonLine("start")
                  .Add("version", kVersion)
                  .Add("config", arguments.config));
  if (!has_audit) {
    Log().Write(JsonLine("audit_off", LogLevel::kWarning)
                    .Add("message",
                         "the configuration has no `audit`: no signature "
                         "leaves a record"));
  }
  RETURN_IF_ERROR(supervisor.Run());
  Log().Write(JsonLine("stop"));
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  signal(SIGPIPE, SIG_IGN);
  CLI::App app(kAbout, "keyhold-signer");
  Arguments arguments;
  arguments.programs = FolderOfThisProgram();
  app.add_option("--config", arguments.config, "the configuration, a YAML file")
      ->required()
      ->type_name("FILE");
  app.add_flag("--check", arguments.check,
               "only read the configuration, keys and certificates, and say "
               "what is wrong");
  app.add_flag("--selfcheck", arguments.selfcheck,
               "only start the processes, let each try what is forbidden to "
               "it, and say what came of it");
  app.add_option("--programs", arguments.programs,
                 "the folder of keyhold-front and keyhold-vault; default: this "
                 "program's own")
      ->type_name("FOLDER");
  app.set_version_flag("--version", kVersion);
  app.footer(kExamples);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kExitUsage;
  }
  const absl::Status status = Run(arguments);
  if (status.ok()) return 0;
  Log().Write(
      JsonLine("failed", LogLevel::kError).Add("message", status.message()));
  return kExitFault;
}

}  // namespace
}  // namespace keyhold

int main(int argc, char** argv) { return keyhold::Main(argc, argv); }
