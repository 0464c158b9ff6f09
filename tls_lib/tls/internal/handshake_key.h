// Gives one handshake its certificate and the key to sign with.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_HANDSHAKE_KEY_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_HANDSHAKE_KEY_H_

#include <memory>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/core/certified_key.h"
#include "tls_lib/core/signer.h"
#include "tls_lib/tls/internal/connection_state.h"
#include "tls_lib/tls/internal/parsed_chain.h"

namespace keyhold::tls_internal {

// A certificate with a Signer whose scheme is chosen.
struct ChosenKey {
  std::shared_ptr<const CertifiedKey> certified_key;
  std::unique_ptr<Signer> signer;
};

// Replaces the certificate and key of `ssl`, which has a ConnectionState: an
// EVP_PKEY of the keyhold provider is made around the Signer. Its signatures
// have until `signature_timeout` after they are asked for; their errors and
// the scheme go into the ConnectionState. Pinning the scheme is up to the
// caller, since the two sides do it differently.
//
// Internal: OpenSSL does not take the certificate or the key.
absl::Status UseKey(SSL* ssl, ChosenKey chosen,
                    std::shared_ptr<const ParsedChain> chain,
                    absl::Duration signature_timeout);

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_HANDSHAKE_KEY_H_
