// What the supervisor and its two processes talk through: messages with
// descriptors beside them.
#ifndef KEYHOLD_SIGNER_SERVICE_PROCESS_CONTROL_SOCKET_H_
#define KEYHOLD_SIGNER_SERVICE_PROCESS_CONTROL_SOCKET_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "google/protobuf/message_lite.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// One end of a socket pair. A message and its descriptors are one packet, so
// none can be taken for another's. Not thread-safe.
class ControlSocket {
 public:
  // The kernel takes 253 in one message.
  static constexpr size_t kMaxDescriptors = 128;
  // What the kernel takes as one packet by default is more.
  static constexpr size_t kMaxMessageBytes = 131072;

  explicit ControlSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  // Closed on exec. Internal: the kernel refuses.
  static absl::StatusOr<std::pair<UniqueFd, UniqueFd>> MakePair();

  int fd() const { return fd_.get(); }

  // Tells the other end that nothing more will come, here and there.
  void Shutdown() const;

  // Waits until there is room. `descriptors` stay the caller's.
  //
  // Unavailable: the other end is closed. DeadlineExceeded: no room in that
  // time. InvalidArgument: beyond the bounds above. Internal: anything else.
  absl::Status Send(const google::protobuf::MessageLite& message,
                    absl::Span<const int> descriptors,
                    absl::Duration at_most) const;

  // Waits for a message, puts it into `message`, and returns its descriptors,
  // which are closed on exec.
  //
  // Unavailable: the other end is closed. DeadlineExceeded: none came in that
  // time. InvalidArgument: it does not parse. Internal: anything else.
  absl::StatusOr<std::vector<UniqueFd>> Receive(
      google::protobuf::MessageLite& message, absl::Duration at_most) const;

 private:
  UniqueFd fd_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_PROCESS_CONTROL_SOCKET_H_
