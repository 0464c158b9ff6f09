#include "tests/agent/test_agent.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace keyhold {
namespace {

constexpr char kProgram[] = "tls_lib/agent/keyhold-agent";

[[noreturn]] void Die(absl::string_view what, const ChildProcess& process) {
  std::fprintf(stderr, "%s; keyhold-agent said:\n%s\n",
               std::string(what).c_str(), process.output().c_str());
  std::abort();
}

bool HoldsAll(absl::string_view line, const std::vector<std::string>& parts) {
  return absl::c_all_of(parts, [line](const std::string& part) {
    return absl::StrContains(line, part);
  });
}

}  // namespace

TestAgent::TestAgent(const SignerClientOptions& signer, std::string rules)
    : signer_(signer), rules_(std::move(rules)) {
  // Other users come to the socket too.
  chmod(folder_.path().c_str(), 0711);
}

std::string TestAgent::OwnRule() {
  return absl::StrCat("[{users: [", geteuid(), "], keys: ['*']}]");
}

void TestAgent::WriteConfig() {
  std::string yaml =
      absl::StrCat(listen_, "signer:\n  endpoints: [",
                   absl::StrJoin(signer_.endpoints, ", "), "]\n");
  if (signer_.tls.has_value()) {
    absl::StrAppend(&yaml,
                    "  certificate_file: ", signer_.tls->certificate_file,
                    "\n  private_key_file: ", signer_.tls->private_key_file,
                    "\n  ca_file: ", signer_.tls->ca_file, "\n");
  }
  absl::StrAppend(&yaml, "rules: ", rules_, "\n", more_, "\n");
  folder_.Write("agent.yaml", yaml);
}

void TestAgent::Launch(const std::vector<std::string>& arguments) {
  WriteConfig();
  std::vector<std::string> command = prefix_;
  command.insert(command.end(),
                 {RunfilePath(kProgram), "--config", config_path()});
  command.insert(command.end(), arguments.begin(), arguments.end());
  process_ = std::make_unique<ChildProcess>(std::move(command));
}

void TestAgent::Start() {
  Launch({});
  WaitForLine({"\"event\":\"ready\""});
}

int TestAgent::Run(std::vector<std::string> arguments) {
  Launch(arguments);
  return process_->WaitForExit();
}

int TestAgent::Stop() {
  process_->Signal(SIGTERM);
  return process_->WaitForExit();
}

void TestAgent::Kill() {
  process_->Signal(SIGKILL);
  process_->WaitForExit();
}

std::string TestAgent::Reload() {
  const size_t from = process_->line_count();
  WriteConfig();
  process_->Signal(SIGHUP);
  return WaitForLine({"\"event\":\"reload"}, from);
}

std::string TestAgent::WaitForLine(const std::vector<std::string>& parts,
                                   size_t from) {
  const std::optional<std::string> line = process_->WaitForLine(
      [&parts](absl::string_view text) { return HoldsAll(text, parts); }, from);
  if (!line.has_value()) {
    Die(absl::StrCat("no line with ", absl::StrJoin(parts, " and ")),
        *process_);
  }
  return *line;
}

}  // namespace keyhold
