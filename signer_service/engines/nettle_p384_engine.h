// Signs with ECDSA on P-384 through nettle, about seven times as fast as
// OpenSSL 3.0, which has no code of its own for this curve.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_NETTLE_P384_ENGINE_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_NETTLE_P384_ENGINE_H_

#include "signer_service/engines/batch_signing_engine.h"

namespace keyhold {

// The nonce is OpenSSL's BN_generate_dsa_nonce: random bytes of
// RAND_priv_bytes with the private key and the digest mixed in, so that weak
// random bytes alone do not give the key away. It is made while the signature
// is made. nettle asks for it by a callback that cannot report failure: a
// failure ends the process before a nonce is used.
//
// nettle has the private number and everything made of it on the stack (it
// takes no memory from GMP but for r and s, which are public), and leaves it
// there: this engine wipes that part of the stack after each signature. The
// rest is registers, and what the kernel keeps of a thread that is preempted.
class NettleP384Engine final : public BatchSigningEngine {
 public:
  absl::string_view name() const override { return "nettle-p384"; }
  bool Serves(KeyType type) const override {
    return type == KeyType::kEcdsaP384;
  }
  EngineResults Sign(absl::Span<const EngineItem> items) const override;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_NETTLE_P384_ENGINE_H_
