// Client frames of SignStream, put together within the service's limits.
#ifndef KEYHOLD_TLS_LIB_REMOTE_SIGN_FRAME_H_
#define KEYHOLD_TLS_LIB_REMOTE_SIGN_FRAME_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keyhold/signer/v1/sign.pb.h"

namespace keyhold {

// What a SignRequest is on every hop but for `id` and `time_left_us`, which
// belong to one try: serialized once, sent as often as it takes.
std::string SignItemBody(const signer::v1::SignRequest& request);

// One SignBatchRequest, serialized item by item.
//
// Not thread-safe.
class SignFrame {
 public:
  // ServiceLimits; what is absent or zero counts as one item, and as the
  // bytes that sign.proto allows.
  explicit SignFrame(const signer::v1::ServiceLimits& limits);

  // Whether an item of such a body goes into an empty frame.
  static bool Fits(const signer::v1::ServiceLimits& limits,
                   absl::string_view body);

  // Adds an item, unless the frame is too full for it: then false.
  // `time_left` below zero counts as zero.
  bool Add(uint64_t id, absl::string_view body, absl::Duration time_left);
  // Adds a cancellation, likewise.
  bool Cancel(uint64_t id);

  bool empty() const { return bytes_.empty(); }
  // The whole SignBatchRequest.
  std::string Take() { return std::move(bytes_); }

 private:
  const size_t max_items_;
  const size_t max_bytes_;
  size_t items_ = 0;
  std::string bytes_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_SIGN_FRAME_H_
