// A ServerConfig as libssl sees it.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_SERVER_CONTEXT_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_SERVER_CONTEXT_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/core/cert_resolver.h"
#include "tls_lib/tls/internal/client_hello_facts.h"
#include "tls_lib/tls/internal/connection_state.h"
#include "tls_lib/tls/internal/handshake_key.h"
#include "tls_lib/tls/internal/parsed_chain.h"
#include "tls_lib/tls/internal/server_settings.h"

namespace keyhold::tls_internal {

// Immutable apart from its caches; thread-safe.
class ServerContext {
 public:
  // Errors as ServerConfig::Builder::Build.
  static absl::StatusOr<std::unique_ptr<const ServerContext>> Create(
      ServerSettings settings);

  SSL_CTX* ssl_context() const { return ssl_context_.get(); }

  // Picks certificate and scheme for the ClientHello that libssl is looking
  // at, and pins them on `ssl`. May run several times in one handshake: after
  // a HelloRetryRequest there is a second ClientHello. If it fails, `alert` is
  // what to tell the client.
  absl::Status AnswerClientHello(SSL* ssl, int* alert) const;
  // The server's first protocol that is in `offered`, ALPN's list as on the
  // wire. Null if there is none.
  const std::string* SelectAlpn(absl::string_view offered) const;

 private:
  explicit ServerContext(ServerSettings settings)
      : settings_(std::move(settings)) {}

  absl::Status SetUp();
  absl::Status SetUpClientAuthentication();
  absl::Status SetUpTickets();
  absl::StatusOr<std::shared_ptr<const Resolution>> Resolve(
      const ClientHelloFacts& facts, int* alert) const;
  absl::Status Pin(SSL* ssl, ChosenKey chosen) const;
  // Binds tickets to the name and to how clients are authenticated, so that
  // one never crosses them, whoever shares the ticket keys.
  absl::Status BindSessions(SSL* ssl, const ClientHelloFacts& facts,
                            const Resolution& resolution) const;

  const ServerSettings settings_;
  SslCtxPtr ssl_context_;
  std::string client_authentication_fingerprint_;
  mutable ParsedChainCache chains_;
};

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_SERVER_CONTEXT_H_
