// One TLS connection without a transport: bytes in, bytes out. TlsStream puts
// it on a socket; an event loop of one's own drives it like this:
//
//   ASSIGN_OR_RETURN(auto tls, TlsConnection::Server(config));
//   for (;;) {
//     absl::StatusOr<HandshakeState> state = tls->Handshake();
//     Send(tls->TakeCiphertext());        // after every call, errors included
//     RETURN_IF_ERROR(state.status());
//     if (*state == HandshakeState::kDone) break;
//     if (*state == HandshakeState::kWantRead) {
//       std::string bytes = Receive();
//       bytes.empty() ? tls->TransportEof() : tls->PushCiphertext(bytes);
//     }
//   }
//
// One thread can drive thousands of handshakes whose keys are remote:
//
//   tls->SetWakeUp([&queue, id] { queue.Post(id); });
//
// Then Handshake returns kWantSignature instead of waiting, and is called
// again when the wake-up has been. deploy/examples/epoll_https_server.cc is a
// whole server.
#ifndef KEYHOLD_TLS_LIB_TLS_TLS_CONNECTION_H_
#define KEYHOLD_TLS_LIB_TLS_TLS_CONNECTION_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "tls_lib/tls/client_config.h"
#include "tls_lib/tls/handshake_facts.h"
#include "tls_lib/tls/server_config.h"

namespace keyhold {

enum class HandshakeState {
  kDone,
  // Push more of what the peer sends, then call again.
  kWantRead,
  // Send what TakeCiphertext gives, then call again.
  kWantWrite,
  // A key has been asked for a scheme or a signature: call again after the
  // wake-up. Meanwhile bytes may be pushed and taken. Only with SetWakeUp.
  kWantSignature,
};

struct ReadResult {
  enum class State {
    kData,      // `bytes` bytes, at least one unless none were asked for
    kWantRead,  // push more of what the peer sends, then call again
    kClosed,    // the peer's close_notify: a clean end
  };
  State state = State::kWantRead;
  size_t bytes = 0;
};

// Not thread-safe: one thread at a time, not always the same.
//
// After an error of Handshake, Read or Write the connection is finished; what
// TakeCiphertext then gives is the alert for the peer.
class TlsConnection {
 public:
  // Internal: out of memory.
  static absl::StatusOr<std::unique_ptr<TlsConnection>> Server(
      std::shared_ptr<const ServerConfig> config);
  // `server_name` is the DNS name or IP address that the server's certificate
  // must be for. InvalidArgument if it is neither.
  static absl::StatusOr<std::unique_ptr<TlsConnection>> Client(
      std::shared_ptr<const ClientConfig> config,
      absl::string_view server_name);

  ~TlsConnection();
  TlsConnection(const TlsConnection&) = delete;
  TlsConnection& operator=(const TlsConnection&) = delete;

  // Goes on with the handshake as far as it gets; once kDone, always kDone.
  // Blocks while the service chooses a scheme and signs, unless there is a
  // wake-up.
  //
  // What the key returned (see Signer::Sign) comes through unchanged, except
  // that its kDataLoss becomes kInternal. Otherwise:
  //   FailedPrecondition  no scheme in common (reason kNoCommonScheme)
  //   NotFound            no certificate for the name (resolver's status)
  //   Unauthenticated     the peer's certificate does not verify, or there is
  //                       none though one is required
  //   Aborted             the peer sent an alert, which is named
  //   Unavailable         the transport ended during the handshake
  //   InvalidArgument     the peer does not speak TLS, or not properly, or
  //                       has no version, suite or protocol in common
  absl::StatusOr<HandshakeState> Handshake();

  // Makes Handshake non-blocking where the key has an asynchronous form
  // (SigningKey::async, Signer::async); before the first Handshake. `wake_up`
  // is called from any thread each time that there is progress after
  // kWantSignature. It may come early or once too often; the next Handshake
  // says. It must not call or destroy this connection, nor take a lock that is
  // held where that is done: it tells an event loop.
  //
  // Destroying the connection cancels what is asked of a key; the wake-up is
  // not called after that. Waiting takes 8 to 12 KB beside the connection.
  void SetWakeUp(absl::AnyInvocable<void()> wake_up);

  // What the transport received. Any number of bytes.
  void PushCiphertext(absl::string_view bytes);
  // The transport has ended: nothing will be pushed any more.
  void TransportEof();
  // What the transport has to send: after every other call, until it is
  // empty. Nothing is lost if it is taken later.
  std::string TakeCiphertext();
  size_t pending_ciphertext() const;

  // Up to out.size() bytes of what the peer wrote.
  //
  // DataLoss, recognised by IsUnexpectedEof: the transport ended without
  // close_notify. Aborted: the peer sent an alert. InvalidArgument: the peer
  // broke the protocol. FailedPrecondition: the handshake is not done.
  absl::StatusOr<ReadResult> Read(absl::Span<char> out);
  // Encrypts all of `bytes`. FailedPrecondition before the end of the
  // handshake or after Shutdown.
  absl::Status Write(absl::string_view bytes);
  // Queues close_notify: this side will not write any more, but may go on
  // reading. Does nothing a second time, or before the end of the handshake.
  absl::Status Shutdown();

  // Null until the handshake is done.
  const HandshakeFacts* facts() const;

 private:
  class Impl;
  explicit TlsConnection(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_TLS_TLS_CONNECTION_H_
