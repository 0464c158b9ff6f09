// Takes from the process what it never needs and an intruder would like.
#ifndef KEYHOLD_DAEMON_PROCESS_HARDENING_H_
#define KEYHOLD_DAEMON_PROCESS_HARDENING_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace keyhold {

// Turns off core dumps (RLIMIT_CORE 0, soft and hard), makes the process not
// dumpable (no ptrace by its own user, /proc/PID owned by root) and forbids
// new privileges (no setuid programs). None of it can be undone, and all of it
// but the second is inherited by children; a program started by exec is
// dumpable again.
//
// Call at start, before any key is read. Internal if the kernel refuses.
absl::Status HardenProcess();

// What the kernel says of this process now.
struct ProcessHardening {
  bool core_dumps_off = false;
  bool not_dumpable = false;
  bool no_new_privileges = false;
};
absl::StatusOr<ProcessHardening> ReadProcessHardening();

}  // namespace keyhold

#endif  // KEYHOLD_DAEMON_PROCESS_HARDENING_H_
