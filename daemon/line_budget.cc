#include "daemon/line_budget.h"

#include <utility>

namespace keyhold {

std::optional<uint64_t> LineBudget::Take(absl::Time now) {
  absl::MutexLock lock(&mutex_);
  // The clock was set back.
  if (now < refilled_) refilled_ = now;
  if (now - refilled_ >= kInterval * kBurst) {
    left_ = kBurst;
    refilled_ = now;
  }
  while (left_ < kBurst && now - refilled_ >= kInterval) {
    ++left_;
    refilled_ += kInterval;
  }
  if (left_ == 0) {
    ++suppressed_;
    return std::nullopt;
  }
  // A full budget starts to refill with the first line that it loses.
  if (left_ == kBurst) refilled_ = now;
  --left_;
  return std::exchange(suppressed_, 0);
}

}  // namespace keyhold
