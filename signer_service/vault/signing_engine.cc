#include "signer_service/vault/signing_engine.h"

namespace keyhold {

absl::StatusOr<std::string> OpensslSigningEngine::Sign(
    const PrivateKey& key, SignatureScheme scheme,
    const SignedInput& input) const {
  if (input.digest_hash().has_value()) {
    return key.SignDigest(scheme, input.bytes());
  }
  return key.Sign(scheme, input.bytes());
}

}  // namespace keyhold
