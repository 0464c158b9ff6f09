#include "signer_service/process/control_socket.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

constexpr int kBufferBytes = 1 << 20;
constexpr size_t kControlBytes =
    CMSG_SPACE(sizeof(int) * ControlSocket::kMaxDescriptors);

absl::Status OtherEndClosed() {
  return absl::UnavailableError("the other end of the socket is closed");
}

absl::Status TooMuch(size_t bytes, size_t descriptors) {
  return absl::InvalidArgumentError(
      absl::StrCat("control message of ", bytes, " bytes and ", descriptors,
                   " descriptors; at most ", ControlSocket::kMaxMessageBytes,
                   " and ", ControlSocket::kMaxDescriptors));
}

absl::Status Malformed() {
  return absl::InvalidArgumentError("a control message does not parse");
}

absl::Status AwaitEvent(int fd, short event, absl::Time deadline) {
  struct pollfd wanted = {fd, event, 0};
  int ready;
  do {
    const absl::Duration left = std::clamp(
        deadline - absl::Now(), absl::ZeroDuration(), absl::Hours(1));
    ready = poll(&wanted, 1,
                 static_cast<int>(absl::ToInt64Milliseconds(
                     absl::Ceil(left, absl::Milliseconds(1)))));
  } while ((ready < 0 && errno == EINTR) ||
           (ready == 0 && absl::Now() < deadline));
  if (ready < 0) return absl::ErrnoToStatus(errno, "poll");
  if (ready == 0) {
    return absl::DeadlineExceededError("no answer of the other process");
  }
  return absl::OkStatus();
}

void Attach(absl::Span<const int> descriptors, char* space,
            struct msghdr& header) {
  if (descriptors.empty()) return;
  const size_t bytes = descriptors.size() * sizeof(int);
  header.msg_control = space;
  header.msg_controllen = CMSG_SPACE(bytes);
  struct cmsghdr* control = CMSG_FIRSTHDR(&header);
  control->cmsg_level = SOL_SOCKET;
  control->cmsg_type = SCM_RIGHTS;
  control->cmsg_len = CMSG_LEN(bytes);
  memcpy(CMSG_DATA(control), descriptors.data(), bytes);
}

std::vector<UniqueFd> Detach(struct msghdr& header) {
  std::vector<UniqueFd> descriptors;
  for (struct cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) {
      continue;
    }
    const size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      memcpy(&fd, CMSG_DATA(control) + i * sizeof(int), sizeof(int));
      descriptors.emplace_back(fd);
    }
  }
  return descriptors;
}

}  // namespace

absl::StatusOr<std::pair<UniqueFd, UniqueFd>> ControlSocket::MakePair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::ErrnoToStatus(errno, "socketpair");
  }
  for (const int end : ends) {
    setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kBufferBytes, sizeof(kBufferBytes));
  }
  return std::make_pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

void ControlSocket::Shutdown() const { shutdown(fd_.get(), SHUT_RDWR); }

absl::Status ControlSocket::Send(const google::protobuf::MessageLite& message,
                                 absl::Span<const int> descriptors,
                                 absl::Duration at_most) const {
  std::string bytes = message.SerializeAsString();
  if (bytes.size() > kMaxMessageBytes || descriptors.size() > kMaxDescriptors) {
    return TooMuch(bytes.size(), descriptors.size());
  }
  const absl::Time deadline = absl::Now() + at_most;
  alignas(struct cmsghdr) char space[kControlBytes] = {};
  struct iovec content = {bytes.data(), bytes.size()};
  struct msghdr header = {};
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  Attach(descriptors, space, header);
  while (sendmsg(fd_.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    if (errno == EPIPE || errno == ECONNRESET) return OtherEndClosed();
    if (errno != EAGAIN && errno != EINTR) {
      return absl::ErrnoToStatus(errno, "sendmsg");
    }
    RETURN_IF_ERROR(AwaitEvent(fd_.get(), POLLOUT, deadline));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<UniqueFd>> ControlSocket::Receive(
    google::protobuf::MessageLite& message, absl::Duration at_most) const {
  RETURN_IF_ERROR(AwaitEvent(fd_.get(), POLLIN, absl::Now() + at_most));
  std::string bytes(kMaxMessageBytes, '\0');
  alignas(struct cmsghdr) char space[kControlBytes] = {};
  struct iovec content = {bytes.data(), bytes.size()};
  struct msghdr header = {};
  header.msg_iov = &content;
  header.msg_iovlen = 1;
  header.msg_control = space;
  header.msg_controllen = sizeof(space);
  ssize_t got;
  do {
    got = recvmsg(fd_.get(), &header, MSG_CMSG_CLOEXEC);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno == ECONNRESET) return OtherEndClosed();
  if (got < 0) return absl::ErrnoToStatus(errno, "recvmsg");
  std::vector<UniqueFd> descriptors = Detach(header);
  // No message of ours is empty.
  if (got == 0) return OtherEndClosed();
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
      !message.ParseFromArray(bytes.data(), static_cast<int>(got))) {
    return Malformed();
  }
  return descriptors;
}

}  // namespace keyhold
