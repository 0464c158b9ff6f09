// When a request that has no answer yet is sent to a second signer.
#ifndef KEYHOLD_TLS_LIB_REMOTE_HEDGING_DELAY_H_
#define KEYHOLD_TLS_LIB_REMOTE_HEDGING_DELAY_H_

#include <array>
#include <cstddef>
#include <optional>

#include "absl/time/time.h"

namespace keyhold {

// The 95th percentile of the last kSamples answers' times, at least 1 ms: so a
// hedge goes out for about one request in twenty. And no more than one in ten:
// when everything becomes slow at once, hedging would only add load.
//
// Not thread-safe.
class HedgingDelay {
 public:
  static constexpr size_t kSamples = 256;
  // Before so many answers there is no hedging.
  static constexpr size_t kMinSamples = 64;

  // An answer came after `took`.
  void Answered(absl::Duration took);
  // The delay for a request that is sent now; null: it gets no hedge.
  std::optional<absl::Duration> ForNextRequest();
  // Whether a hedge may be sent now; it is counted then. Many requests may have
  // been given a delay while there was room for one hedge.
  bool TakeHedge();

 private:
  void Recompute();

  std::array<absl::Duration, kSamples> samples_;
  size_t count_ = 0;
  size_t since_recomputed_ = 0;
  absl::Duration delay_;
  // A tenth for each request, one for each hedge.
  double tokens_ = 0;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_HEDGING_DELAY_H_
