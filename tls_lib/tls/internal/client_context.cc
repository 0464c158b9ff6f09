#include "tls_lib/tls/internal/client_context.h"

#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signing_context.h"
#include "tls_lib/tls/internal/certificate_request_parser.h"
#include "tls_lib/tls/internal/handshake_key.h"
#include "tls_lib/tls/internal/peer_verification.h"
#include "tls_lib/tls/internal/protocol_defaults.h"
#include "tls_lib/tls/internal/trust_store.h"

namespace keyhold::tls_internal {
namespace {

absl::Status NoAnchorsError() {
  return absl::InvalidArgumentError(
      "a client needs trust anchors to verify servers with");
}

absl::Status SettingError(absl::string_view what) {
  return OpensslError(absl::StatusCode::kInternal, what);
}

// From here on: callbacks of libssl.

// Runs before libssl processes the message, which is the last moment to pin a
// scheme: in cert_cb it is too late.
void OnMessage(int write, int, int content_type, const void* bytes, size_t size,
               SSL* ssl, void*) {
  if (write != 0 || content_type != SSL3_RT_HANDSHAKE || size == 0) return;
  absl::string_view message(static_cast<const char*>(bytes), size);
  if (message[0] != SSL3_MT_CERTIFICATE_REQUEST) return;
  ConnectionState* state = StateOf(ssl);
  state->error = state->client->AnswerCertificateRequest(ssl, message);
}

// OnMessage cannot end the handshake; this can, with internal_error.
int OnCertificateNeeded(SSL* ssl, void*) {
  return StateOf(ssl)->error.ok() ? 1 : 0;
}

int OnNewSession(SSL* ssl, SSL_SESSION* session) {
  ConnectionState* state = StateOf(ssl);
  state->client->sessions().Add(state->server_name, *session);
  return 0;  // the session stays libssl's
}

}  // namespace

absl::StatusOr<std::unique_ptr<const ClientContext>> ClientContext::Create(
    ClientSettings settings) {
  if (settings.anchors == nullptr) return NoAnchorsError();
  RETURN_IF_ERROR(CheckVersions(settings.lowest, settings.highest));
  RETURN_IF_ERROR(CheckAlpnProtocols(settings.alpn_protocols));
  RETURN_IF_ERROR(CheckSignatureTimeout(settings.signature_timeout));
  std::unique_ptr<ClientContext> context(
      new ClientContext(std::move(settings)));
  RETURN_IF_ERROR(context->SetUp());
  return context;
}

absl::Status ClientContext::SetUp() {
  ASSIGN_OR_RETURN(
      ssl_context_,
      NewSslContext(TLS_client_method(), settings_.lowest, settings_.highest));
  SSL_CTX* context = ssl_context_.get();
  RETURN_IF_ERROR(settings_.anchors->store().ApplyTo(context));
  VerifyPeers(context, true);
  const std::string alpn = AlpnWireForm(settings_.alpn_protocols);
  // Returns 0 for success, unlike its neighbours.
  if (!alpn.empty() &&
      SSL_CTX_set_alpn_protos(
          context, reinterpret_cast<const unsigned char*>(alpn.data()),
          static_cast<unsigned int>(alpn.size())) != 0) {
    return SettingError("OpenSSL does not take the ALPN protocols");
  }
  if (settings_.resolver != nullptr) {
    SSL_CTX_set_msg_callback(context, OnMessage);
    SSL_CTX_set_cert_cb(context, OnCertificateNeeded, nullptr);
  }
  SetUpSessions();
  return absl::OkStatus();
}

void ClientContext::SetUpSessions() {
  if (settings_.session_cache_size == 0) {
    SSL_CTX_set_session_cache_mode(ssl_context_.get(), SSL_SESS_CACHE_OFF);
    return;
  }
  SSL_CTX_set_session_cache_mode(
      ssl_context_.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(ssl_context_.get(), OnNewSession);
}

absl::Status ClientContext::Prepare(SSL* ssl,
                                    absl::string_view server_name) const {
  StateOf(ssl)->server_name = std::string(server_name);
  RETURN_IF_ERROR(DemandName(ssl, server_name));
  SslSessionPtr session = sessions_.Take(server_name);
  if (session != nullptr && SSL_set_session(ssl, session.get()) != 1) {
    return SettingError("OpenSSL does not take a session of its own");
  }
  SSL_set_connect_state(ssl);
  return absl::OkStatus();
}

absl::Status ClientContext::AnswerCertificateRequest(
    SSL* ssl, absl::string_view message) const {
  const auto version = static_cast<TlsVersion>(SSL_version(ssl));
  ASSIGN_OR_RETURN(CertificateRequest request,
                   ParseCertificateRequest(version, message));
  request.server_name = StateOf(ssl)->server_name;
  absl::Status status = Answer(ssl, request);
  if (!absl::IsFailedPrecondition(status)) return status;
  StateOf(ssl)->withheld = status;
  return absl::OkStatus();
}

absl::Status ClientContext::Answer(SSL* ssl,
                                   const CertificateRequest& request) const {
  std::shared_ptr<const CertifiedKey> key =
      settings_.resolver->Resolve(request);
  if (key == nullptr) return absl::OkStatus();
  SigningContext context;
  context.role = Role::kClient;
  context.version = request.version;
  context.server_name = request.server_name;
  context.deadline = absl::Now() + settings_.signature_timeout;
  ASSIGN_OR_RETURN(std::unique_ptr<Signer> signer,
                   StateOf(ssl)->runner.ChooseScheme(
                       key->key(), context, request.signature_schemes));
  const std::string scheme = SchemeName(signer->scheme());
  if (SSL_set1_client_sigalgs_list(ssl, scheme.c_str()) != 1) {
    return SettingError("OpenSSL does not take the chosen scheme");
  }
  ASSIGN_OR_RETURN(std::shared_ptr<const ParsedChain> chain, chains_.Get(key));
  return UseKey(ssl, {std::move(key), std::move(signer)}, std::move(chain),
                settings_.signature_timeout);
}

}  // namespace keyhold::tls_internal
