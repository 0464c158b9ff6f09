#include "cli/check_config_command.h"

#include <vector>

#include "CLI/CLI.hpp"
#include "cli/json_object.h"
#include "signer_service/config/signer_settings.h"

namespace keyhold {
namespace {

std::vector<std::string> Listeners(const SignerSettings& settings) {
  std::vector<std::string> names;
  for (const TcpListenerSettings& tcp : settings.tcp_listeners()) {
    names.push_back(tcp.address);
  }
  for (const UnixListenerSettings& local : settings.unix_listeners()) {
    names.push_back("unix:" + local.path);
  }
  return names;
}

void PrintText(const std::string& file, const SignerSettings& settings,
               const Console& console) {
  for (const std::string& warning : settings.warnings()) {
    console.err << "warning: " << warning << "\n";
  }
  console.out << file << " is good\n";
  for (const std::string& listener : Listeners(settings)) {
    console.out << "  listens on " << listener << "\n";
  }
  for (const std::string& folder : settings.keys().directories) {
    console.out << "  keys from " << folder << "\n";
  }
  console.out << "  " << settings.rules().size() << " policy rule"
              << (settings.rules().size() == 1 ? "" : "s") << "\n";
}

void PrintJson(const std::string& file, const SignerSettings& settings,
               const Console& console) {
  console.out << JsonObject()
                     .Add("file", file)
                     .Add("good", true)
                     .Add("listeners", Listeners(settings))
                     .Add("key_directories", settings.keys().directories)
                     .Add("rules",
                          static_cast<int64_t>(settings.rules().size()))
                     .Add("warnings", settings.warnings())
                     .ToText()
              << "\n";
}

}  // namespace

absl::string_view CheckConfigCommand::summary() const {
  return "Check a signer.yaml without a signer";
}

absl::string_view CheckConfigCommand::examples() const {
  return R"(Unknown fields, values of the wrong type and files that do not exist are
errors, each with its line. Keys are not read.

Examples:
  keyhold check-config /etc/keyhold/signer.yaml
  keyhold check-config new.yaml --json | jq .warnings)";
}

void CheckConfigCommand::AddOptions(CLI::App& app) {
  app.add_option("FILE", file_, "A configuration of keyhold-signer")
      ->required();
  app.add_flag("--json", json_, "Print what the file sets up as JSON");
}

absl::Status CheckConfigCommand::Run(const Console& console) {
  const absl::StatusOr<SignerSettings> settings = SignerSettings::Load(file_);
  if (!settings.ok()) {
    return absl::FailedPreconditionError(settings.status().message());
  }
  if (json_) {
    PrintJson(file_, *settings, console);
  } else {
    PrintText(file_, *settings, console);
  }
  return absl::OkStatus();
}

}  // namespace keyhold
