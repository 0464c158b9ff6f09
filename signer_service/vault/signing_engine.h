// Makes signatures with a private key. What makes them may change; who checks
// them does not (checked_signing_engine.h).
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_SIGNING_ENGINE_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_SIGNING_ENGINE_H_

#include <string>

#include "absl/status/statusor.h"
#include "signer_service/vault/signed_input.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/local/private_key.h"

namespace keyhold {

// Thread-safe.
class SigningEngine {
 public:
  virtual ~SigningEngine() = default;
  // Errors as PrivateKey::Sign.
  virtual absl::StatusOr<std::string> Sign(const PrivateKey& key,
                                           SignatureScheme scheme,
                                           const SignedInput& input) const = 0;
};

// OpenSSL's signatures, unchecked.
class OpensslSigningEngine final : public SigningEngine {
 public:
  absl::StatusOr<std::string> Sign(const PrivateKey& key,
                                   SignatureScheme scheme,
                                   const SignedInput& input) const override;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_SIGNING_ENGINE_H_
