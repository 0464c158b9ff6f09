// How long to wait before a process that has ended is started again.
#ifndef KEYHOLD_SIGNER_SERVICE_SUPERVISOR_RESTART_DELAY_H_
#define KEYHOLD_SIGNER_SERVICE_SUPERVISOR_RESTART_DELAY_H_

#include "absl/time/time.h"

namespace keyhold {

// Not at all after an end out of the blue; 50 ms, then twice as long each
// time, up to 5 s, for one that keeps ending soon after its start. Not
// thread-safe.
class RestartDelay {
 public:
  static constexpr absl::Duration kFirst = absl::Milliseconds(50);
  static constexpr absl::Duration kLongest = absl::Seconds(5);
  // Who has run for so long did not end soon.
  static constexpr absl::Duration kSoon = absl::Seconds(10);

  void Started(absl::Time now) { started_ = now; }
  // What to wait after an end at `now`.
  absl::Duration Ended(absl::Time now);

 private:
  absl::Time started_ = absl::InfinitePast();
  absl::Duration next_ = absl::ZeroDuration();
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_SUPERVISOR_RESTART_DELAY_H_
