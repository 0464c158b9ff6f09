#include "cli/doctor/module_check.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cli/doctor/program_output.h"

namespace keyhold {
namespace {

constexpr char kSubject[] = "module";
constexpr absl::Duration kAtMost = absl::Seconds(20);

// Whether `openssl list -providers` has a provider of this name, and active:
//   Providers:
//     keyhold
//       name: …
//       status: active
bool IsActive(absl::string_view listing, absl::string_view name) {
  bool within = false;
  for (const absl::string_view line : absl::StrSplit(listing, '\n')) {
    const absl::string_view word = absl::StripAsciiWhitespace(line);
    const bool heading = absl::StartsWith(line, "  ") &&
                         !absl::StartsWith(line, "   ") && !word.empty();
    if (heading) within = absl::StartsWith(word, name);
    if (within && word == "status: active") return true;
  }
  return false;
}

// What OpenSSL said, on one line.
std::string Summary(absl::string_view text) {
  const absl::string_view trimmed = absl::StripAsciiWhitespace(text);
  return std::string(trimmed.substr(0, trimmed.find('\n')));
}

std::string DescribeEnd(const ProgramOutput& output) {
  const std::string said = Summary(output.text);
  return said.empty() ? absl::StrCat("it ended with ", output.exit_code) : said;
}

Finding CheckFile(const std::string& module) {
  struct stat info;
  if (stat(module.c_str(), &info) != 0) {
    return Fault(kSubject, absl::StrCat(module, ": ", strerror(errno)),
                 "install keyhold's package, or correct the line module = in "
                 "openssl.cnf; without it a server's key fails to load with "
                 "\"DECODER routines::unsupported\"");
  }
  if (access(module.c_str(), R_OK) != 0) {
    return Fault(kSubject, absl::StrCat(module, ": ", strerror(errno)),
                 "make it readable by everybody (mode 0644)");
  }
  if ((info.st_mode & 0022) != 0) {
    return Fault(kSubject,
                 absl::StrCat(module,
                              ": others than its owner may write it, "
                              "and so run code in every server"),
                 "chmod go-w it");
  }
  return Good(kSubject, absl::StrCat(module, ": is there"));
}

}  // namespace

std::vector<Finding> CheckModule(const std::string& module,
                                 const std::string& conf) {
  std::vector<Finding> findings;
  if (!module.empty()) {
    findings.push_back(CheckFile(module));
    if (findings.back().state == Finding::State::kFault) return findings;
  }
  const absl::StatusOr<ProgramOutput> output = RunProgram(
      {"openssl", "list", "-providers"}, {{"OPENSSL_CONF", conf}}, kAtMost);
  if (!output.ok()) {
    findings.push_back(Fault(
        "providers",
        absl::StrCat("openssl list -providers: ", output.status().message()),
        "install the package openssl, or run the command by hand with "
        "OPENSSL_CONF set"));
  } else if (output->exit_code != 0 || !IsActive(output->text, "keyhold")) {
    findings.push_back(Fault(
        "providers",
        absl::StrCat("openssl does not load keyhold: ", DescribeEnd(*output)),
        absl::StrCat("run OPENSSL_CONF=", conf, " openssl list -providers")));
  } else if (!IsActive(output->text, "default")) {
    findings.push_back(Fault("providers",
                             "openssl loads keyhold, but not its own default "
                             "provider",
                             "list `default` before keyhold, with activate = 1 "
                             "in its section"));
  } else {
    findings.push_back(
        Good("providers", "openssl loads the default provider and keyhold"));
  }
  return findings;
}

}  // namespace keyhold
