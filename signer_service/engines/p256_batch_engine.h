// Signs with ECDSA on P-256, many at a time, on OpenSSL's public functions.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_P256_BATCH_ENGINE_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_P256_BATCH_ENGINE_H_

#include "signer_service/engines/batch_signing_engine.h"
#include "signer_service/engines/p256_batch_faults.h"

namespace keyhold {

// Items in groups of 4 to 64 share their inversions (p256_batch.h); fewer are
// signed by OpenSSL alone, which is faster for them. Rate, OpenSSL's being 1:
// about 1.1 at 4 items, 1.4 at 8, 1.9 at 64 (p256_batch_engine_benchmark.cc).
//
// Nonces are OpenSSL's BN_generate_dsa_nonce: random bytes of RAND_priv_bytes
// with the private key and the digest mixed in. Each is made for its own item
// while the batch is signed; none is made ahead or kept.
//
// Each thread that signs keeps 450 numbers of 64 bytes in the secure heap,
// wiped after each batch. So is the stack, where OpenSSL leaves copies of
// nonces.
class P256BatchEngine final : public BatchSigningEngine {
 public:
  // `faults` is for tests, and outlives the engine.
  explicit P256BatchEngine(const P256BatchFaults* faults = nullptr)
      : faults_(faults) {}

  static constexpr size_t kSmallestBatch = 4;

  absl::string_view name() const override { return "openssl-p256-batch"; }
  bool Serves(KeyType type) const override {
    return type == KeyType::kEcdsaP256;
  }
  EngineResults Sign(absl::Span<const EngineItem> items) const override;

 private:
  const P256BatchFaults* const faults_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_P256_BATCH_ENGINE_H_
