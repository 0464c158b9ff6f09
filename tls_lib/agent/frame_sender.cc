#include "tls_lib/agent/frame_sender.h"

#include <sys/socket.h>

#include <cerrno>

#include "tls_lib/agent/frame_reader.h"

namespace keyhold {
namespace {

// Above this an empty buffer gives its memory back.
constexpr size_t kKeptBytes = 4096;

}  // namespace

FrameSender::Outcome FrameSender::Send(
    const google::protobuf::MessageLite& message) {
  absl::MutexLock lock(&mutex_);
  const bool was_waiting = !unsent_.empty();
  AppendFrame(message, unsent_);
  // Whoever left something behind has asked for Flush.
  return was_waiting && !closed_ ? Outcome::kUnsent : Put();
}

FrameSender::Outcome FrameSender::Flush() {
  absl::MutexLock lock(&mutex_);
  return Put();
}

FrameSender::Outcome FrameSender::Put() {
  if (closed_) return Outcome::kBroken;
  size_t done = 0;
  while (done < unsent_.size()) {
    const ssize_t sent = send(socket_.get(), unsent_.data() + done,
                              unsent_.size() - done, MSG_NOSIGNAL);
    if (sent >= 0) {
      done += static_cast<size_t>(sent);
    } else if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM) {
      unsent_.erase(0, done);
      return Outcome::kUnsent;
    } else if (errno != EINTR) {
      return Outcome::kBroken;
    }
  }
  unsent_.clear();
  if (unsent_.capacity() > kKeptBytes) std::string().swap(unsent_);
  return Outcome::kSent;
}

size_t FrameSender::unsent() const {
  absl::MutexLock lock(&mutex_);
  return unsent_.size();
}

void FrameSender::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  socket_.Reset();
  std::string().swap(unsent_);
}

}  // namespace keyhold
