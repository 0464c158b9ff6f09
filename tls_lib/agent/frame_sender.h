// Sends frames on a local socket without waiting for who reads them.
#ifndef KEYHOLD_TLS_LIB_AGENT_FRAME_SENDER_H_
#define KEYHOLD_TLS_LIB_AGENT_FRAME_SENDER_H_

#include <cstddef>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "google/protobuf/message_lite.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Owns the socket, which does not block. Frames leave whole and in the order
// of the calls. Thread-safe.
class FrameSender {
 public:
  enum class Outcome {
    kSent,
    // Something is left: call Flush when the socket can be written.
    kUnsent,
    // The other end is gone, or this one is closed.
    kBroken,
  };

  explicit FrameSender(UniqueFd socket) : socket_(std::move(socket)) {}

  // The caller knows that Close was not called yet.
  int fd() const { return socket_.get(); }

  Outcome Send(const google::protobuf::MessageLite& message);
  Outcome Flush();
  // What the reader has not taken, beside what the kernel holds.
  size_t unsent() const;
  // Closes the socket and forgets what is unsent. Idempotent.
  void Close();

 private:
  Outcome Put() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // Changes in Close only, under mutex_.
  UniqueFd socket_;
  mutable absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::string unsent_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_FRAME_SENDER_H_
