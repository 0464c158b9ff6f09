// What tls_lib knows about one connection while libssl makes its handshake.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_CONNECTION_STATE_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_CONNECTION_STATE_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/core/certified_key.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/tls/internal/handshake_runner.h"

namespace keyhold::tls_internal {

class ClientContext;
class ServerContext;

// Written by libssl's callbacks, which run inside the calls of the
// connection's owner: one thread at a time.
struct ConnectionState {
  // One of the two is null.
  const ServerContext* server = nullptr;
  const ClientContext* client = nullptr;
  // What a client was told to connect to; what a server was asked for.
  std::string server_name;

  // Through which callbacks ask keys for schemes and signatures.
  HandshakeRunner runner;

  // Why a callback or a signature failed: what the owner gets to see instead
  // of OpenSSL's words.
  absl::Status error;
  // What is wrong with the peer's certificate, in words; empty: nothing.
  std::string verify_problem;
  // Why a client that has a certificate sent none.
  absl::Status withheld;

  std::shared_ptr<const CertifiedKey> certified_key;
  std::optional<SignatureScheme> signed_with;
};

// Makes StateOf(ssl) find `state`, which must outlive `ssl`. Internal if
// OpenSSL has no memory.
absl::Status AttachState(SSL* ssl, ConnectionState* state);
// Null only if AttachState was never called.
ConnectionState* StateOf(const SSL* ssl);

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_CONNECTION_STATE_H_
