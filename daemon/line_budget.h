// Keeps strangers from filling the log.
#ifndef KEYHOLD_DAEMON_LINE_BUDGET_H_
#define KEYHOLD_DAEMON_LINE_BUDGET_H_

#include <cstdint>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace keyhold {

// For lines of one kind, that anybody on the network can cause: kBurst at
// once, then one every kInterval. Thread-safe.
class LineBudget {
 public:
  static constexpr int kBurst = 20;
  static constexpr absl::Duration kInterval = absl::Seconds(1);

  // Whether a line may be written at `now`: null if not, else how many were
  // not since the last one that was.
  std::optional<uint64_t> Take(absl::Time now);

 private:
  absl::Mutex mutex_;
  int left_ ABSL_GUARDED_BY(mutex_) = kBurst;
  // When left_ was last counted up.
  absl::Time refilled_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  uint64_t suppressed_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace keyhold

#endif  // KEYHOLD_DAEMON_LINE_BUDGET_H_
