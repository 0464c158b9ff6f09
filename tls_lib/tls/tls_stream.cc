#include "tls_lib/tls/tls_stream.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

constexpr absl::string_view kHandshake = "the TLS handshake";
constexpr absl::string_view kRead = "data";
constexpr absl::string_view kWrite = "room to send data";

// One TLS record and some (RFC 8446 §5.1).
constexpr size_t kReceiveSize = 17 * 1024;
// Bounds the memory of one Write.
constexpr size_t kWriteSize = 64 * 1024;

absl::Status TimedOutError(absl::string_view purpose) {
  return absl::DeadlineExceededError(
      absl::StrCat("timed out waiting for the peer: ", purpose));
}

absl::Status SocketError(absl::string_view call, int error) {
  return absl::UnavailableError(
      absl::StrCat("the connection failed: ", call, ": ", strerror(error)));
}

bool MustWait(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

// For poll; rounded up, so that it never wakes early just to sleep again.
int MillisecondsUntil(absl::Time deadline) {
  if (deadline == absl::InfiniteFuture()) return -1;
  const absl::Duration left =
      std::max(deadline - absl::Now(), absl::ZeroDuration());
  return static_cast<int>(std::min<int64_t>(
      absl::ToInt64Milliseconds(absl::Ceil(left, absl::Milliseconds(1))),
      1 << 30));
}

absl::Status EmptyReadError() {
  return absl::InvalidArgumentError(
      "Read needs room for at least one byte: 0 would mean a clean end");
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsStream>> TlsStream::Accept(
    UniqueFd socket, std::shared_ptr<const ServerConfig> config,
    absl::Duration timeout) {
  ASSIGN_OR_RETURN(std::unique_ptr<TlsConnection> connection,
                   TlsConnection::Server(std::move(config)));
  return Start(std::move(socket), std::move(connection), timeout);
}

absl::StatusOr<std::unique_ptr<TlsStream>> TlsStream::Connect(
    UniqueFd socket, std::shared_ptr<const ClientConfig> config,
    absl::string_view server_name, absl::Duration timeout) {
  ASSIGN_OR_RETURN(std::unique_ptr<TlsConnection> connection,
                   TlsConnection::Client(std::move(config), server_name));
  return Start(std::move(socket), std::move(connection), timeout);
}

TlsStream::TlsStream(UniqueFd socket, std::unique_ptr<TlsConnection> connection)
    : socket_(std::move(socket)), connection_(std::move(connection)) {}

absl::StatusOr<std::unique_ptr<TlsStream>> TlsStream::Start(
    UniqueFd socket, std::unique_ptr<TlsConnection> connection,
    absl::Duration timeout) {
  std::unique_ptr<TlsStream> stream(
      new TlsStream(std::move(socket), std::move(connection)));
  RETURN_IF_ERROR(stream->FinishHandshake(absl::Now() + timeout));
  return stream;
}

absl::Status TlsStream::FinishHandshake(absl::Time deadline) {
  while (true) {
    absl::StatusOr<HandshakeState> state = connection_->Handshake();
    // After an error this sends the alert, if it goes out.
    absl::Status sent = Flush(deadline, kHandshake);
    RETURN_IF_ERROR(state.status());
    RETURN_IF_ERROR(sent);
    if (*state == HandshakeState::kDone) return absl::OkStatus();
    if (*state == HandshakeState::kWantRead) {
      RETURN_IF_ERROR(Receive(deadline, kHandshake));
    }
  }
}

absl::StatusOr<size_t> TlsStream::Read(absl::Span<char> out,
                                       absl::Duration timeout) {
  if (out.empty()) return EmptyReadError();
  const absl::Time deadline = absl::Now() + timeout;
  while (true) {
    absl::StatusOr<ReadResult> result = connection_->Read(out);
    // An alert, or the answer to a KeyUpdate.
    absl::Status sent = Flush(deadline, kRead);
    RETURN_IF_ERROR(result.status());
    if (result->state == ReadResult::State::kData) return result->bytes;
    if (result->state == ReadResult::State::kClosed) return 0;
    RETURN_IF_ERROR(sent);
    RETURN_IF_ERROR(Receive(deadline, kRead));
  }
}

absl::Status TlsStream::Write(absl::string_view bytes, absl::Duration timeout) {
  const absl::Time deadline = absl::Now() + timeout;
  do {
    absl::string_view part = bytes.substr(0, kWriteSize);
    bytes.remove_prefix(part.size());
    RETURN_IF_ERROR(connection_->Write(part));
    RETURN_IF_ERROR(Flush(deadline, kWrite));
  } while (!bytes.empty());
  return absl::OkStatus();
}

absl::Status TlsStream::Shutdown(absl::Duration timeout) {
  RETURN_IF_ERROR(connection_->Shutdown());
  return Flush(absl::Now() + timeout, kWrite);
}

absl::Status TlsStream::Receive(absl::Time deadline,
                                absl::string_view purpose) {
  char buffer[kReceiveSize];
  while (true) {
    const ssize_t size =
        recv(socket_.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
    if (size > 0) {
      connection_->PushCiphertext({buffer, static_cast<size_t>(size)});
      return absl::OkStatus();
    }
    // A reset is what an early close looks like when the peer had not read all
    // (session tickets, for example): an end like any other.
    if (size == 0 || (size < 0 && errno == ECONNRESET)) {
      connection_->TransportEof();
      return absl::OkStatus();
    }
    if (errno == EINTR) continue;
    if (!MustWait(errno)) return SocketError("recv", errno);
    RETURN_IF_ERROR(WaitFor(POLLIN, deadline, purpose));
  }
}

absl::Status TlsStream::Flush(absl::Time deadline, absl::string_view purpose) {
  unsent_ += connection_->TakeCiphertext();
  while (!unsent_.empty()) {
    const ssize_t size = send(socket_.get(), unsent_.data(), unsent_.size(),
                              MSG_DONTWAIT | MSG_NOSIGNAL);
    if (size >= 0) {
      unsent_.erase(0, static_cast<size_t>(size));
    } else if (MustWait(errno)) {
      RETURN_IF_ERROR(WaitFor(POLLOUT, deadline, purpose));
    } else if (errno != EINTR) {
      return SocketError("send", errno);
    }
  }
  return absl::OkStatus();
}

absl::Status TlsStream::WaitFor(short events, absl::Time deadline,
                                absl::string_view purpose) {
  pollfd entry = {socket_.get(), events, 0};
  while (true) {
    const int ready = poll(&entry, 1, MillisecondsUntil(deadline));
    if (ready > 0) return absl::OkStatus();
    if (ready == 0) return TimedOutError(purpose);
    if (errno != EINTR) return SocketError("poll", errno);
  }
}

}  // namespace keyhold
