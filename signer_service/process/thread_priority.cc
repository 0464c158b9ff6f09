#include "signer_service/process/thread_priority.h"

#include <errno.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace keyhold {

namespace {

// A nice value weighs about 1.25 times as much as the next (sched(7)).
constexpr int kNicer = 10;
constexpr int kNicest = 19;
constexpr uint64_t kSliceNanoseconds = 100'000;

// sched_setattr(2), which the C library does not have.
struct SchedulingAttributes {
  uint32_t size;
  uint32_t policy;
  uint64_t flags;
  int32_t nice;
  uint32_t priority;
  uint64_t runtime;
  uint64_t deadline;
  uint64_t period;
};

}  // namespace

absl::Status LowerThreadPriority() {
  const auto thread = static_cast<id_t>(syscall(SYS_gettid));
  errno = 0;
  int nice = getpriority(PRIO_PROCESS, thread);
  if (errno != 0) return absl::ErrnoToStatus(errno, "getpriority");
  nice = nice + kNicer > kNicest ? kNicest : nice + kNicer;
  if (setpriority(PRIO_PROCESS, thread, nice) != 0) {
    return absl::ErrnoToStatus(errno, "setpriority");
  }
  // Since Linux 6.12 a thread may finish its slice, 3 ms by default, before
  // one that has woken up gets the core. Older kernels ignore the value.
  SchedulingAttributes attributes = {};
  attributes.size = sizeof(attributes);
  attributes.nice = nice;
  attributes.runtime = kSliceNanoseconds;
  (void)syscall(SYS_sched_setattr, 0, &attributes, 0);
  return absl::OkStatus();
}

}  // namespace keyhold
