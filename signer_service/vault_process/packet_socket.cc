#include "signer_service/vault_process/packet_socket.h"

#include <errno.h>
#include <sys/socket.h>

#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

// The kernel gives less where net.core.wmem_max is lower, by default 212,992;
// it keeps twice that, for its own.
constexpr int kBufferBytes = 1 << 20;

absl::Status OtherEndClosed() {
  return absl::UnavailableError("the other end of the socket is closed");
}

absl::Status PacketTooLong(size_t bytes, size_t max) {
  return absl::InvalidArgumentError(
      absl::StrCat("a packet of ", bytes, " bytes; at most ", max));
}

}  // namespace

absl::StatusOr<std::pair<UniqueFd, UniqueFd>> PacketSocket::MakePair() {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
    return absl::ErrnoToStatus(errno, "socketpair");
  }
  for (const int end : ends) {
    setsockopt(end, SOL_SOCKET, SO_SNDBUF, &kBufferBytes, sizeof(kBufferBytes));
  }
  return std::make_pair(UniqueFd(ends[0]), UniqueFd(ends[1]));
}

absl::Status PacketSocket::Send(absl::string_view packet, Wait wait) {
  const int flags = MSG_NOSIGNAL | (wait == Wait::kNo ? MSG_DONTWAIT : 0);
  ssize_t sent;
  do {
    sent = send(fd_.get(), packet.data(), packet.size(), flags);
  } while (sent < 0 && errno == EINTR);
  if (sent >= 0) return absl::OkStatus();
  switch (errno) {
    case EAGAIN:
      return absl::ResourceExhaustedError("the socket is full");
    case EMSGSIZE:
      return absl::InvalidArgumentError(absl::StrCat(
          "a packet of ", packet.size(),
          " bytes is longer than the kernel takes (net.core.wmem_default)"));
    case EPIPE:
    case ECONNRESET:
      return OtherEndClosed();
    default:
      return absl::ErrnoToStatus(errno, "send");
  }
}

absl::StatusOr<absl::string_view> PacketSocket::Receive(absl::Span<char> buffer,
                                                        Wait wait) {
  const int flags = MSG_TRUNC | (wait == Wait::kNo ? MSG_DONTWAIT : 0);
  ssize_t got;
  do {
    got = recv(fd_.get(), buffer.data(), buffer.size(), flags);
  } while (got < 0 && errno == EINTR);
  if (got < 0 && errno == EAGAIN) return absl::string_view();
  if (got < 0 && errno == ECONNRESET) return OtherEndClosed();
  if (got < 0) return absl::ErrnoToStatus(errno, "recv");
  // Nobody here sends empty packets.
  if (got == 0) return OtherEndClosed();
  if (static_cast<size_t>(got) > buffer.size()) {
    return PacketTooLong(static_cast<size_t>(got), buffer.size());
  }
  return absl::string_view(buffer.data(), static_cast<size_t>(got));
}

void PacketSocket::Shutdown() { shutdown(fd_.get(), SHUT_RDWR); }

}  // namespace keyhold
