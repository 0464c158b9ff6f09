// The frames on the agent's UNIX socket: a length, then a protobuf message.
//
//   client                                    agent
//     connect, check SO_PEERCRED        ->
//     SignBatchRequest {one item}       ->
//                                       <-      SignBatchResponse {limits}
//                                       <-      SignBatchResponse {one item}
//
// The agent speaks first, as on a gRPC stream, but the client need not wait
// for it: that would cost a new connection another turn. An agent that does
// not serve the caller answers, instead of limits, with one item of id 0 whose
// status says why, and closes.
#ifndef KEYHOLD_TLS_LIB_AGENT_CLIENT_FRAME_H_
#define KEYHOLD_TLS_LIB_AGENT_CLIENT_FRAME_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace keyhold::agent {

// The length is a big-endian number of this many bytes …
constexpr size_t kFrameHeaderBytes = 4;
// … from 1 to this.
constexpr size_t kMostFrameBytes = 262144;

// `payload` as a frame. `payload` has 1 to kMostFrameBytes bytes.
std::string MakeFrame(absl::string_view payload);

// Puts frames together from what a socket gives, in whatever pieces. Holds at
// most one frame and what was read with it. Not thread-safe.
class FrameReader {
 public:
  void Append(absl::string_view bytes) {
    buffer_.append(bytes.data(), bytes.size());
  }

  // The payload of the next frame; null if it is not there yet.
  // InvalidArgument: its length is 0 or above kMostFrameBytes; there is no way
  // to read on after that.
  absl::StatusOr<std::optional<std::string>> Next();

  // Whether all that was appended has been taken.
  bool empty() const { return buffer_.empty(); }

 private:
  std::string buffer_;
};

}  // namespace keyhold::agent

#endif  // KEYHOLD_TLS_LIB_AGENT_CLIENT_FRAME_H_
