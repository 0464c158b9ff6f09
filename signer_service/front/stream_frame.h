// Frames of SignStream, taken apart and put together within their limits.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_STREAM_FRAME_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_STREAM_FRAME_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "grpcpp/support/byte_buffer.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "signer_service/config/signer_settings.h"

namespace keyhold {

// ServiceLimits.max_frame_bytes, both ways.
constexpr size_t kMaxFrameBytes = 262144;
// Beyond these the whole stream ends: to take such a frame apart would cost
// more than its sender may ask for.
constexpr size_t kHardFrameBytes = size_t{1} << 20;
constexpr size_t kHardFrameItems = 4096;

// What the first frame of a stream states.
signer::v1::ServiceLimits MakeServiceLimits(const RequestLimits& limits);

struct ClientFrame {
  struct Refused {
    signer::v1::SignRequest request;
    absl::Status status;
  };

  std::vector<signer::v1::SignRequest> items;
  // ResourceExhausted (kFrameTooLarge): those beyond max_items_per_frame, and
  // those that would not have fitted in kMaxFrameBytes. One item that is too
  // large leaves room for the others.
  std::vector<Refused> refused;
  std::vector<uint64_t> cancel_ids;
};

// Errors end the stream. InvalidArgument (kInvalidRequest): not a
// SignBatchRequest. ResourceExhausted (kFrameTooLarge): beyond
// kHardFrameBytes or kHardFrameItems.
absl::StatusOr<ClientFrame> ParseClientFrame(const grpc::ByteBuffer& bytes,
                                             const RequestLimits& limits);

// Takes answers from the front of `answers`, at least one, as many as go into
// one frame, and serializes it.
grpc::ByteBuffer TakeServerFrame(std::deque<signer::v1::SignResponse>& answers,
                                 const RequestLimits& limits);

// The first frame of a stream.
grpc::ByteBuffer LimitsFrame(const RequestLimits& limits);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_STREAM_FRAME_H_
