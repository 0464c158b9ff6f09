// A ClientConfig as libssl sees it.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_CLIENT_CONTEXT_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_CLIENT_CONTEXT_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/core/cert_resolver.h"
#include "tls_lib/tls/internal/client_session_cache.h"
#include "tls_lib/tls/internal/client_settings.h"
#include "tls_lib/tls/internal/connection_state.h"
#include "tls_lib/tls/internal/parsed_chain.h"

namespace keyhold::tls_internal {

// Immutable apart from its caches; thread-safe.
class ClientContext {
 public:
  // Errors as ClientConfig::Builder::Build.
  static absl::StatusOr<std::unique_ptr<const ClientContext>> Create(
      ClientSettings settings);

  SSL_CTX* ssl_context() const { return ssl_context_.get(); }
  ClientSessionCache& sessions() const { return sessions_; }

  // Makes `ssl`, which has a ConnectionState, a client of `server_name`.
  absl::Status Prepare(SSL* ssl, absl::string_view server_name) const;

  // Picks certificate and scheme for a CertificateRequest that libssl is about
  // to look at, and pins them on `ssl`. That there is nothing in common is no
  // error: the client goes on without a certificate (RFC 8446 §4.4.2), and the
  // reason stays in ConnectionState.withheld.
  absl::Status AnswerCertificateRequest(SSL* ssl,
                                        absl::string_view message) const;

 private:
  explicit ClientContext(ClientSettings settings)
      : settings_(std::move(settings)),
        sessions_(settings_.session_cache_size) {}

  absl::Status SetUp();
  void SetUpSessions();
  absl::Status Answer(SSL* ssl, const CertificateRequest& request) const;

  const ClientSettings settings_;
  SslCtxPtr ssl_context_;
  mutable ClientSessionCache sessions_;
  mutable ParsedChainCache chains_;
};

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_CLIENT_CONTEXT_H_
