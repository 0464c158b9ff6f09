#include "tls_lib/tls/internal/handshake_key.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/provider/crypto_library.h"
#include "tls_lib/provider/key_reference.h"

namespace keyhold::tls_internal {
namespace {

absl::Status CertificateError() {
  return OpensslError(absl::StatusCode::kInternal,
                      "OpenSSL does not serve this certificate");
}

absl::Status OtherSchemeError(SignatureScheme asked, SignatureScheme chosen) {
  return absl::InternalError(
      absl::StrCat("libssl asked for the scheme ", SchemeName(asked),
                   " where the key had chosen ", SchemeName(chosen)));
}

// The provider names an ECDSA scheme by its hash alone.
bool SameScheme(SignatureScheme a, SignatureScheme b) {
  const SchemeInfo* info_a = FindScheme(a);
  const SchemeInfo* info_b = FindScheme(b);
  if (info_a == nullptr || info_b == nullptr) return false;
  return info_a->algorithm == info_b->algorithm && info_a->hash == info_b->hash;
}

class HandshakeKey final : public provider::KeyReference {
 public:
  HandshakeKey(ChosenKey chosen, std::shared_ptr<const ParsedChain> chain,
               absl::Duration timeout, ConnectionState* state)
      : chosen_(std::move(chosen)),
        chain_(std::move(chain)),
        timeout_(timeout),
        state_(state) {}

  const provider::PublicHalf& public_half() const override {
    return *chain_->public_half;
  }

  absl::StatusOr<std::string> Sign(SignatureScheme scheme,
                                   absl::string_view message) override {
    absl::StatusOr<std::string> signature =
        SameScheme(scheme, chosen_.signer->scheme())
            ? state_->runner.Sign(*chosen_.signer, message,
                                  absl::Now() + timeout_)
            : OtherSchemeError(scheme, chosen_.signer->scheme());
    if (signature.ok()) {
      state_->signed_with = chosen_.signer->scheme();
    } else {
      state_->error = signature.status();
    }
    return signature;
  }

 private:
  const ChosenKey chosen_;
  const std::shared_ptr<const ParsedChain> chain_;
  const absl::Duration timeout_;
  // Outlives the SSL object, which owns this one.
  ConnectionState* const state_;
};

}  // namespace

absl::Status UseKey(SSL* ssl, ChosenKey chosen,
                    std::shared_ptr<const ParsedChain> chain,
                    absl::Duration signature_timeout) {
  ConnectionState* state = StateOf(ssl);
  std::shared_ptr<const CertifiedKey> certified_key = chosen.certified_key;
  X509* leaf = chain->leaf.get();
  STACK_OF(X509)* intermediates = chain->intermediates.get();
  ASSIGN_OR_RETURN(
      EvpPkeyPtr key,
      provider::MakeRemoteKey(std::make_shared<HandshakeKey>(
          std::move(chosen), std::move(chain), signature_timeout, state)));
  // A HelloRetryRequest brings a second ClientHello, and a second choice.
  SSL_certs_clear(ssl);
  if (SSL_use_cert_and_key(ssl, leaf, key.get(), intermediates, 1) != 1) {
    return CertificateError();
  }
  state->certified_key = std::move(certified_key);
  return absl::OkStatus();
}

}  // namespace keyhold::tls_internal
