#include "tls_lib/tls/internal/server_context.h"

#include <cstdint>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tls_lib/base/byte_reader.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/tls/internal/peer_verification.h"
#include "tls_lib/tls/internal/protocol_defaults.h"
#include "tls_lib/tls/internal/server_choice.h"
#include "tls_lib/tls/internal/sha256.h"
#include "tls_lib/tls/internal/ticket_callback.h"
#include "tls_lib/tls/internal/trust_store.h"

namespace keyhold::tls_internal {
namespace {

absl::Status NoResolverError() {
  return absl::InvalidArgumentError(
      "a server needs a resolver for its certificates");
}

absl::Status NoAnchorsError() {
  return absl::InvalidArgumentError(
      "clients' certificates are asked for, but there are no trust anchors to "
      "verify them with");
}

absl::Status PinError() {
  return OpensslError(absl::StatusCode::kInternal,
                      "OpenSSL does not take the chosen scheme");
}

int AlertFor(const absl::Status& choice) {
  return absl::IsFailedPrecondition(choice) ? SSL_AD_HANDSHAKE_FAILURE
                                            : SSL_AD_INTERNAL_ERROR;
}

// From here on: callbacks of libssl.

int OnClientHello(SSL* ssl, int* alert, void*) {
  ConnectionState* state = StateOf(ssl);
  state->error = state->server->AnswerClientHello(ssl, alert);
  return state->error.ok() ? SSL_CLIENT_HELLO_SUCCESS : SSL_CLIENT_HELLO_ERROR;
}

int OnAlpn(SSL* ssl, const unsigned char** out, unsigned char* out_size,
           const unsigned char* offered, unsigned int offered_size, void*) {
  const std::string* protocol = StateOf(ssl)->server->SelectAlpn(
      {reinterpret_cast<const char*>(offered), offered_size});
  if (protocol == nullptr) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = reinterpret_cast<const unsigned char*>(protocol->data());
  *out_size = static_cast<unsigned char>(protocol->size());
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

absl::StatusOr<std::unique_ptr<const ServerContext>> ServerContext::Create(
    ServerSettings settings) {
  if (settings.resolver == nullptr) return NoResolverError();
  RETURN_IF_ERROR(CheckVersions(settings.lowest, settings.highest));
  RETURN_IF_ERROR(CheckAlpnProtocols(settings.alpn_protocols));
  RETURN_IF_ERROR(CheckSignatureTimeout(settings.signature_timeout));
  if (!settings.ticket_keys_set) {
    ASSIGN_OR_RETURN(settings.ticket_keys, TicketKeys::CreateRandom());
  }
  std::unique_ptr<ServerContext> context(
      new ServerContext(std::move(settings)));
  RETURN_IF_ERROR(context->SetUp());
  return context;
}

absl::Status ServerContext::SetUp() {
  ASSIGN_OR_RETURN(
      ssl_context_,
      NewSslContext(TLS_server_method(), settings_.lowest, settings_.highest));
  SSL_CTX_set_client_hello_cb(ssl_context_.get(), OnClientHello, nullptr);
  if (!settings_.alpn_protocols.empty()) {
    SSL_CTX_set_alpn_select_cb(ssl_context_.get(), OnAlpn, nullptr);
  }
  RETURN_IF_ERROR(SetUpTickets());
  return SetUpClientAuthentication();
}

absl::Status ServerContext::SetUpClientAuthentication() {
  const ClientAuthentication mode = settings_.client_authentication;
  std::string description =
      absl::StrCat("client authentication ", static_cast<int>(mode));
  if (mode != ClientAuthentication::kOff) {
    if (settings_.client_anchors == nullptr) return NoAnchorsError();
    const TrustStore& store = settings_.client_anchors->store();
    RETURN_IF_ERROR(store.ApplyTo(ssl_context_.get()));
    RETURN_IF_ERROR(store.NameIn(ssl_context_.get()));
    VerifyPeers(ssl_context_.get(), mode == ClientAuthentication::kRequired);
    description += settings_.client_anchors->fingerprint();
  }
  client_authentication_fingerprint_ = Sha256(description);
  return absl::OkStatus();
}

absl::Status ServerContext::SetUpTickets() {
  // All session state is in tickets.
  SSL_CTX_set_session_cache_mode(ssl_context_.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_timeout(
      ssl_context_.get(),
      static_cast<long>(absl::ToInt64Seconds(TicketKeys::kLifetime)));
  if (settings_.ticket_keys == nullptr) {
    SSL_CTX_set_options(ssl_context_.get(), SSL_OP_NO_TICKET);
    // With the option alone, TLS 1.3 would hand out session ids as tickets.
    SSL_CTX_set_num_tickets(ssl_context_.get(), 0);
    return absl::OkStatus();
  }
  return UseTicketKeys(ssl_context_.get(), settings_.ticket_keys.get());
}

absl::Status ServerContext::AnswerClientHello(SSL* ssl, int* alert) const {
  *alert = SSL_AD_DECODE_ERROR;
  ASSIGN_OR_RETURN(ClientHelloFacts facts,
                   ReadClientHello(ssl, settings_.lowest, settings_.highest));
  // libssl answers with protocol_version.
  if (!facts.version_in_common) return absl::OkStatus();
  StateOf(ssl)->server_name = facts.hello.server_name;
  ASSIGN_OR_RETURN(std::shared_ptr<const Resolution> resolution,
                   Resolve(facts, alert));
  absl::StatusOr<ChosenKey> chosen = ChooseServerKey(
      *resolution, facts, absl::Now() + settings_.signature_timeout,
      StateOf(ssl)->runner);
  if (!chosen.ok()) {
    *alert = AlertFor(chosen.status());
    return chosen.status();
  }
  *alert = SSL_AD_INTERNAL_ERROR;
  RETURN_IF_ERROR(BindSessions(ssl, facts, *resolution));
  return Pin(ssl, *std::move(chosen));
}

absl::StatusOr<std::shared_ptr<const Resolution>> ServerContext::Resolve(
    const ClientHelloFacts& facts, int* alert) const {
  absl::StatusOr<std::shared_ptr<const Resolution>> resolution =
      settings_.resolver->Resolve(facts.hello);
  if (!resolution.ok()) {
    *alert = absl::IsNotFound(resolution.status()) ? SSL_AD_UNRECOGNIZED_NAME
                                                   : SSL_AD_INTERNAL_ERROR;
  }
  return resolution;
}

absl::Status ServerContext::Pin(SSL* ssl, ChosenKey chosen) const {
  // Here and not in cert_cb, where libssl ignores it.
  const std::string scheme = SchemeName(chosen.signer->scheme());
  if (SSL_set1_sigalgs_list(ssl, scheme.c_str()) != 1) return PinError();
  ASSIGN_OR_RETURN(std::shared_ptr<const ParsedChain> chain,
                   chains_.Get(chosen.certified_key));
  return UseKey(ssl, std::move(chosen), std::move(chain),
                settings_.signature_timeout);
}

absl::Status ServerContext::BindSessions(SSL* ssl,
                                         const ClientHelloFacts& facts,
                                         const Resolution& resolution) const {
  // The sizes keep the parts apart.
  const std::string id = Sha256(absl::StrCat(
      client_authentication_fingerprint_, resolution.entry_name.size(), ":",
      resolution.entry_name, facts.hello.server_name));
  if (SSL_set_session_id_context(
          ssl, reinterpret_cast<const unsigned char*>(id.data()),
          static_cast<unsigned int>(id.size())) != 1) {
    return OpensslError(absl::StatusCode::kInternal, "session id context");
  }
  return absl::OkStatus();
}

const std::string* ServerContext::SelectAlpn(absl::string_view offered) const {
  for (const std::string& protocol : settings_.alpn_protocols) {
    ByteReader reader(offered);
    while (std::optional<absl::string_view> name = reader.ReadVector(1)) {
      if (*name == protocol) return &protocol;
    }
  }
  return nullptr;
}

}  // namespace keyhold::tls_internal
