// The system calls that a process may still make.
#ifndef KEYHOLD_SIGNER_SERVICE_PROCESS_SECCOMP_FILTER_H_
#define KEYHOLD_SIGNER_SERVICE_PROCESS_SECCOMP_FILTER_H_

#include "absl/status/status.h"

namespace keyhold {

// A call outside the filter fails with EPERM and kills nobody: glibc and
// OpenSSL have a way around a file that they cannot open. Programs built with
// a sanitizer, which makes calls of its own, only have such calls logged by
// the kernel's audit.
//
// Both need HardenProcess before them, hold for all threads, and cannot be
// undone. Internal if the kernel refuses.

// Only what signing takes: memory, locks, clocks, random bytes, and reading
// and writing of descriptors that it has. No files, no network, no threads or
// processes, no executable memory.
absl::Status FilterVault();

// All but what no server needs and an intruder would like: other processes'
// memory, programs, namespaces, mounts, keys, modules, tracing, io_uring.
absl::Status FilterFront();

// Whether the filters here only log.
bool FiltersOnlyLog();

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_PROCESS_SECCOMP_FILTER_H_
