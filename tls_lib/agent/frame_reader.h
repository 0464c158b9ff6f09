// The agent's end of the frames on its socket: 4 bytes of length, big-endian,
// and that many bytes of a serialized SignBatchRequest or SignBatchResponse.
#ifndef KEYHOLD_TLS_LIB_AGENT_FRAME_READER_H_
#define KEYHOLD_TLS_LIB_AGENT_FRAME_READER_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message_lite.h"

namespace keyhold {

constexpr size_t kMaxFrameBytes = 262144;
constexpr size_t kFrameLengthBytes = 4;

// Cuts what a stranger sends into frames. Holds no more than one frame that
// is not whole yet and what came after it in one Append.
//
// Not thread-safe.
class FrameReader {
 public:
  void Append(absl::string_view bytes);

  // The next frame without its length; null if it is not whole yet. Valid
  // until the next call of Append or Trim.
  //
  // InvalidArgument: a length of zero, or above kMaxFrameBytes; from then on
  // always.
  absl::StatusOr<std::optional<absl::string_view>> Next();

  // Gives back the memory of large frames that were taken.
  void Trim();

  // Whether a frame has begun and is not whole.
  bool within_frame() const { return buffer_.size() > taken_; }
  // What it holds in memory.
  size_t bytes() const { return buffer_.capacity(); }

 private:
  std::string buffer_;
  // Bytes at the start of buffer_ that belong to frames that were taken.
  size_t taken_ = 0;
};

// Appends `message` as a frame. `message` has no more than kMaxFrameBytes.
void AppendFrame(const google::protobuf::MessageLite& message,
                 std::string& out);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_FRAME_READER_H_
