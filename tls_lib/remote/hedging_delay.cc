#include "tls_lib/remote/hedging_delay.h"

#include <algorithm>

namespace keyhold {
namespace {

constexpr absl::Duration kShortest = absl::Milliseconds(1);
constexpr size_t kRecomputeEvery = 32;
constexpr double kTokenPerRequest = 0.1;
constexpr double kMaxTokens = 10;

}  // namespace

void HedgingDelay::Answered(absl::Duration took) {
  samples_[count_ % kSamples] = took;
  ++count_;
  if (count_ < kMinSamples) return;
  if (count_ == kMinSamples || ++since_recomputed_ >= kRecomputeEvery) {
    Recompute();
  }
}

void HedgingDelay::Recompute() {
  since_recomputed_ = 0;
  const size_t size = std::min(count_, kSamples);
  std::array<absl::Duration, kSamples> sorted = samples_;
  const auto p95 = sorted.begin() + static_cast<ptrdiff_t>(size * 95 / 100);
  std::nth_element(sorted.begin(), p95,
                   sorted.begin() + static_cast<ptrdiff_t>(size));
  delay_ = std::max(*p95, kShortest);
}

std::optional<absl::Duration> HedgingDelay::ForNextRequest() {
  tokens_ = std::min(tokens_ + kTokenPerRequest, kMaxTokens);
  if (count_ < kMinSamples || tokens_ < 1) return std::nullopt;
  return delay_;
}

bool HedgingDelay::TakeHedge() {
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace keyhold
