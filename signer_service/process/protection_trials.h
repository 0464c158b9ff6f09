// Tries, inside a process, what is forbidden to it: a protection that is only
// switched on is a hope, one that stood its trial is a fact.
#ifndef KEYHOLD_SIGNER_SERVICE_PROCESS_PROTECTION_TRIALS_H_
#define KEYHOLD_SIGNER_SERVICE_PROCESS_PROTECTION_TRIALS_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "keyhold/processes/v1/control.pb.h"
#include "signer_service/process/protection_names.h"

namespace keyhold {

// Adds results to `protections`. Not for programs whose filter only logs:
// what they try succeeds.
class ProtectionTrials {
 public:
  explicit ProtectionTrials(processes::v1::Protections& protections)
      : protections_(protections) {}

  // A forbidden system call fails: here ptrace, and execve of a program.
  void TrySeccomp();
  void TryNoNewPrivileges();
  void TryNotDumpable();
  void TryCapabilities();
  // Opens each file, for reading.
  void TryOpening(absl::Span<const std::string> files);
  // Reads memory of another process, by process_vm_readv and through /proc.
  void TryForeignMemory(pid_t process);
  // Makes a TCP socket.
  void TryNetwork();
  // Something that is known from when it was switched on.
  void Report(absl::string_view name, const absl::Status& status);

 private:
  void Add(absl::string_view name, bool holds, std::string evidence);

  processes::v1::Protections& protections_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_PROCESS_PROTECTION_TRIALS_H_
