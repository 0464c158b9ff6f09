#include "signer_service/supervisor/restart_delay.h"

#include <algorithm>

namespace keyhold {

constexpr absl::Duration RestartDelay::kFirst;
constexpr absl::Duration RestartDelay::kLongest;
constexpr absl::Duration RestartDelay::kSoon;

absl::Duration RestartDelay::Ended(absl::Time now) {
  if (now - started_ >= kSoon) next_ = absl::ZeroDuration();
  const absl::Duration wait = next_;
  next_ = std::clamp(2 * wait, kFirst, kLongest);
  return wait;
}

}  // namespace keyhold
