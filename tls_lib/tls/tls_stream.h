// TLS over a connected stream socket, with blocking calls.
//
//   ASSIGN_OR_RETURN(auto stream, TlsStream::Accept(std::move(fd), config,
//                                                   absl::Seconds(10)));
//   char buffer[4096];
//   ASSIGN_OR_RETURN(size_t n, stream->Read(absl::MakeSpan(buffer)));
//   RETURN_IF_ERROR(stream->Write("hello"));
//   RETURN_IF_ERROR(stream->Shutdown());
#ifndef KEYHOLD_TLS_LIB_TLS_TLS_STREAM_H_
#define KEYHOLD_TLS_LIB_TLS_TLS_STREAM_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "tls_lib/base/unique_fd.h"
#include "tls_lib/tls/tls_connection.h"

namespace keyhold {

// Owns the socket and closes it when destroyed, without close_notify unless
// Shutdown was called: an early end looks like one to the peer. The socket may
// be blocking or not; it is used as a non-blocking one. Never raises SIGPIPE.
//
// A timeout covers the whole call, and DeadlineExceeded says what it waited
// for. After any error but DeadlineExceeded of Read the stream is finished.
//
// Not thread-safe.
class TlsStream {
 public:
  // Makes the handshake of a server or a client. Errors as
  // TlsConnection::Handshake; the alert, if any, has been sent.
  static absl::StatusOr<std::unique_ptr<TlsStream>> Accept(
      UniqueFd socket, std::shared_ptr<const ServerConfig> config,
      absl::Duration timeout = absl::Seconds(30));
  static absl::StatusOr<std::unique_ptr<TlsStream>> Connect(
      UniqueFd socket, std::shared_ptr<const ClientConfig> config,
      absl::string_view server_name,
      absl::Duration timeout = absl::Seconds(30));

  TlsStream(const TlsStream&) = delete;
  TlsStream& operator=(const TlsStream&) = delete;

  // At least one byte, or 0 after the peer's close_notify, and only then. An
  // end of the transport without it, a reset included, is a kDataLoss status
  // that IsUnexpectedEof recognises. Otherwise as TlsConnection::Read;
  // Unavailable: the socket failed; InvalidArgument: `out` is empty.
  absl::StatusOr<size_t> Read(
      absl::Span<char> out, absl::Duration timeout = absl::InfiniteDuration());
  // All of `bytes`. After an error it is unknown how many have left.
  absl::Status Write(absl::string_view bytes,
                     absl::Duration timeout = absl::InfiniteDuration());
  // Sends close_notify. Reading may go on.
  absl::Status Shutdown(absl::Duration timeout = absl::InfiniteDuration());

  // What the handshake settled.
  const HandshakeFacts& facts() const { return *connection_->facts(); }
  int fd() const { return socket_.get(); }

 private:
  TlsStream(UniqueFd socket, std::unique_ptr<TlsConnection> connection);

  static absl::StatusOr<std::unique_ptr<TlsStream>> Start(
      UniqueFd socket, std::unique_ptr<TlsConnection> connection,
      absl::Duration timeout);
  absl::Status FinishHandshake(absl::Time deadline);
  // Waits for bytes of the peer and pushes them.
  absl::Status Receive(absl::Time deadline, absl::string_view purpose);
  // Sends all pending ciphertext.
  absl::Status Flush(absl::Time deadline, absl::string_view purpose);
  absl::Status WaitFor(short events, absl::Time deadline,
                       absl::string_view purpose);

  UniqueFd socket_;
  std::unique_ptr<TlsConnection> connection_;
  // Taken from the connection, not sent yet.
  std::string unsent_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_TLS_TLS_STREAM_H_
