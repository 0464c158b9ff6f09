#include "cli/doctor/doctor_command.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cli/doctor/agent_check.h"
#include "cli/doctor/become_user.h"
#include "cli/doctor/key_file_check.h"
#include "cli/doctor/module_check.h"
#include "cli/doctor/openssl_conf_check.h"
#include "cli/json_object.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

// Where `keyhold setup` writes it.
constexpr char kDefaultOpensslConf[] = "/etc/keyhold/openssl.cnf";

absl::string_view StateName(Finding::State state) {
  switch (state) {
    case Finding::State::kGood:
      return "good";
    case Finding::State::kWarning:
      return "warning";
    case Finding::State::kFault:
      return "fault";
    case Finding::State::kUnknown:
      return "unknown";
  }
  return "unknown";
}

bool IsFault(const Finding& finding) {
  return finding.state == Finding::State::kFault;
}

std::string DefaultConf() {
  const char* variable = std::getenv("OPENSSL_CONF");
  return variable != nullptr ? variable : kDefaultOpensslConf;
}

absl::Status FaultsError(size_t faults, size_t all) {
  return absl::FailedPreconditionError(
      absl::StrCat(faults, " of ", all, " checks found a fault"));
}

void Append(std::vector<Finding> more, std::vector<Finding>& all) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

}  // namespace

absl::string_view DoctorCommand::summary() const {
  return "Check this host's set-up for servers with remote keys";
}

absl::string_view DoctorCommand::examples() const {
  return R"(Looks, in this order, at openssl.cnf (is the provider in it, and behind the
default one?), the module (is it there, and does openssl load it?), each key
file, the agent that it names (does it answer, as the user that the file
trusts?), and has one signature made and verified, so that the agent's rules,
the signer and its policy are tried too. Prints a line for each check, and below
a fault what to do.

What the agent allows depends on who asks: run this as root with --as and the
user of the server's workers.

Exit code 0 if there is no fault, 1 if there is.

Examples:
  keyhold doctor --key-file /etc/keyhold/keys/www.pem --as www-data
  keyhold doctor --openssl-conf /etc/keyhold/openssl.cnf)";
}

void DoctorCommand::AddOptions(CLI::App& app) {
  app.add_option("--openssl-conf", openssl_conf_,
                 absl::StrCat("The server's openssl.cnf. Default: "
                              "$OPENSSL_CONF, or ",
                              kDefaultOpensslConf))
      ->type_name("FILE");
  app.add_option("--key-file", key_files_,
                 "A key file of the server's; may be given several times")
      ->type_name("FILE");
  app.add_option("--as", user_,
                 "Ask the agent as this user. Default: as whoever runs this")
      ->type_name("USER");
  app.add_option("--timeout", timeout_seconds_,
                 "Seconds until a trial signature is given up")
      ->check(CLI::Range(1, 60))
      ->capture_default_str();
  app.add_flag("--json", json_, "Print an object: good, checks");
}

absl::Status DoctorCommand::Run(const Console& console) {
  const std::string conf =
      openssl_conf_.empty() ? DefaultConf() : openssl_conf_;
  OpensslConfFindings configured = CheckOpensslConf(conf);
  std::vector<Finding> findings = std::move(configured.findings);
  if (std::none_of(findings.begin(), findings.end(), IsFault)) {
    Append(CheckModule(configured.module, conf), findings);
  } else {
    findings.push_back(
        Unknown("module", "not looked at, since openssl.cnf is at fault"));
  }
  std::vector<agent::KeyFile> files;
  for (const std::string& path : key_files_) {
    KeyFileFindings read = CheckKeyFile(path);
    Append(std::move(read.findings), findings);
    if (read.file.has_value()) files.push_back(*std::move(read.file));
  }
  if (key_files_.empty()) {
    findings.push_back(
        Unknown("agent", "not asked: name a key file with --key-file"));
  }
  // Files are read by the server's master, the agent is asked by its workers.
  if (!user_.empty()) RETURN_IF_ERROR(BecomeUser(user_));
  for (const agent::KeyFile& file : files) {
    Append(CheckAgent(file, absl::Seconds(timeout_seconds_)), findings);
  }
  return Print(findings, console);
}

absl::Status DoctorCommand::Print(const std::vector<Finding>& findings,
                                  const Console& console) const {
  const auto faults = static_cast<size_t>(
      std::count_if(findings.begin(), findings.end(), IsFault));
  std::vector<JsonObject> checks;
  for (const Finding& finding : findings) {
    checks.push_back(JsonObject()
                         .Add("check", finding.subject)
                         .Add("state", StateName(finding.state))
                         .Add("what", finding.what)
                         .Add("advice", finding.advice));
    if (json_) continue;
    std::string state(StateName(finding.state));
    state.resize(8, ' ');
    console.out << state << finding.subject << ": " << finding.what << "\n";
    if (!finding.advice.empty()) {
      console.out << "        -> " << finding.advice << "\n";
    }
  }
  if (json_) {
    console.out
        << JsonObject().Add("good", faults == 0).Add("checks", checks).ToText()
        << "\n";
  }
  return faults == 0 ? absl::OkStatus() : FaultsError(faults, findings.size());
}

}  // namespace keyhold
