// Callbacks in the order of their times. Knows no clock and no threads.
#ifndef KEYHOLD_TLS_LIB_REMOTE_TIMER_QUEUE_H_
#define KEYHOLD_TLS_LIB_REMOTE_TIMER_QUEUE_H_

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace keyhold {

// Not thread-safe.
class TimerQueue {
 public:
  using Callback = absl::AnyInvocable<void() &&>;
  // Names a timer; none is named by the default value.
  struct Id {
    absl::Time when;
    uint64_t number = 0;
  };

  Id Add(absl::Time when, Callback callback);
  // The callback, which its owner may want to destroy elsewhere. Empty if the
  // timer was removed or taken before.
  Callback Remove(const Id& id);
  // Those whose time is `now` or before, first ones first.
  std::vector<Callback> TakeDue(absl::Time now);

  // When the first is due; the infinite future if there is none.
  absl::Time next() const;

 private:
  using Key = std::pair<absl::Time, uint64_t>;

  std::map<Key, Callback> timers_;
  uint64_t last_number_ = 0;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_TIMER_QUEUE_H_
