#include "signer_service/process/protection_trials.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "daemon/process_hardening.h"
#include "linux/seccomp.h"
#include "signer_service/process/capabilities.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

std::string Outcome(absl::string_view what, bool succeeded, int error) {
  return absl::StrCat(what, ": ", succeeded ? "succeeded" : strerror(error));
}

}  // namespace

void ProtectionTrials::TrySeccomp() {
  const bool on = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) == SECCOMP_MODE_FILTER;
  // Neither could do harm: this process is no tracee, and there is no such
  // program.
  const bool traced = ptrace(PTRACE_PEEKDATA, getpid(), nullptr, nullptr) != -1;
  const int trace_error = errno;
  char nothing[] = "";
  char* const none[] = {nothing, nullptr};
  execve("/nonexistent/program", none, none);
  const int exec_error = errno;
  Add(kSeccomp, on && !traced && trace_error == EPERM && exec_error == EPERM,
      absl::StrCat(Outcome("ptrace", traced, trace_error), "; ",
                   Outcome("execve", false, exec_error)));
}

void ProtectionTrials::TryNoNewPrivileges() {
  const bool holds = prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
  Add(kNoNewPrivileges, holds,
      holds ? "set: programs with setuid bits give nothing" : "not set");
}

void ProtectionTrials::TryNotDumpable() {
  const absl::StatusOr<ProcessHardening> state = ReadProcessHardening();
  if (!state.ok()) {
    Add(kNotDumpable, false, std::string(state.status().message()));
    return;
  }
  Add(kNotDumpable, state->not_dumpable && state->core_dumps_off,
      absl::StrCat("dumpable: ", state->not_dumpable ? "no" : "yes",
                   "; core dumps: ", state->core_dumps_off ? "off" : "on"));
}

void ProtectionTrials::TryCapabilities() {
  const absl::StatusOr<bool> any = HasCapabilities();
  Add(kNoCapabilities, any.ok() && !*any,
      any.ok() ? (*any ? "has some of root's power" : "has none")
               : std::string(any.status().message()));
}

void ProtectionTrials::TryOpening(absl::Span<const std::string> files) {
  std::vector<std::string> opened;
  int error = 0;
  for (const std::string& file : files) {
    const UniqueFd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd) {
      opened.push_back(file);
    } else {
      error = errno;
    }
  }
  if (!opened.empty()) {
    Add(kCannotOpenKeyFiles, false,
        absl::StrCat("opened ", absl::StrJoin(opened, ", ")));
  } else if (files.empty()) {
    Add(kCannotOpenKeyFiles, true, "there is no key file yet");
  } else {
    Add(kCannotOpenKeyFiles, true,
        Outcome(absl::StrCat("open ", files[0], files.size() > 1 ? " …" : ""),
                false, error));
  }
}

void ProtectionTrials::TryForeignMemory(pid_t process) {
  char byte;
  struct iovec local = {&byte, 1};
  // Reading an address that is not there fails with EFAULT where reading as
  // such is permitted.
  struct iovec remote = {nullptr, 1};
  process_vm_readv(process, &local, 1, &remote, 1, 0);
  const int read_error = errno;
  const std::string path = absl::StrCat("/proc/", process, "/mem");
  const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const int open_error = errno;
  Add(kNoForeignMemory, read_error == EPERM && !fd,
      absl::StrCat(Outcome("process_vm_readv", false, read_error), "; ",
                   Outcome(path, static_cast<bool>(fd), open_error)));
}

void ProtectionTrials::TryNetwork() {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int error = errno;
  Add(kNoNetwork, !fd, Outcome("a TCP socket", static_cast<bool>(fd), error));
}

void ProtectionTrials::Report(absl::string_view name,
                              const absl::Status& status) {
  Add(name, status.ok(), status.ok() ? "on" : std::string(status.message()));
}

void ProtectionTrials::Add(absl::string_view name, bool holds,
                           std::string evidence) {
  processes::v1::Protection& protection = *protections_.add_protections();
  protection.set_name(std::string(name));
  protection.set_holds(holds);
  protection.set_evidence(std::move(evidence));
}

}  // namespace keyhold
