// One batch of ECDSA signatures on P-256, made with two inversions for all.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_P256_BATCH_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_P256_BATCH_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "openssl/bn.h"
#include "openssl/ec.h"
#include "signer_service/engines/batch_signing_engine.h"
#include "signer_service/engines/p256_batch_faults.h"
#include "signer_service/engines/p256_curve.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold {

// An ECDSA signature needs the inverse of a coordinate (to make the nonce's
// point affine) and the inverse of the nonce, and the two take half of
// OpenSSL's time for it. Here the items of a batch share both.
//
// Holds the memory that batches work in, taken once: no secret is left in it
// between batches. Belongs to one thread.
class P256Batch {
 public:
  static constexpr size_t kMaxItems = 64;

  // ResourceExhausted: the secure heap is full. Internal: OpenSSL fails.
  static absl::StatusOr<std::unique_ptr<P256Batch>> Create();

  P256Batch(const P256Batch&) = delete;
  P256Batch& operator=(const P256Batch&) = delete;

  // As BatchSigningEngine::Sign, for at most kMaxItems. Each item is held to
  // k·k⁻¹ = 1 (mod n) and to its affine point lying on the curve; one that
  // fails is DataLoss. `faults` may be null.
  EngineResults Sign(absl::Span<const EngineItem> items,
                     const P256BatchFaults* faults);

 private:
  // What one item works in. All of it but the affine point is secret.
  struct Slot {
    BignumPtr private_number;
    BignumPtr nonce;
    // The nonce's point: Jacobian coordinates, then affine ones in x and y.
    BignumPtr x, y, z;
    // Both with a factor R.
    BignumPtr z_inverse, nonce_inverse;
  };
  class Cleanser;

  explicit P256Batch(P256Curve curve) : curve_(std::move(curve)) {}
  absl::Status TakeMemory();

  absl::Status Start(Slot& slot, const EngineItem& item, BN_CTX* context);
  absl::Status InvertAll(BN_CTX* context);
  absl::StatusOr<std::string> Finish(Slot& slot, const EngineItem& item,
                                     size_t number,
                                     const P256BatchFaults* faults,
                                     BN_CTX* context);
  absl::StatusOr<bool> IsNonceInverse(const Slot& slot, BN_CTX* context);
  absl::StatusOr<std::string> SignWithNonce(Slot& slot, const EngineItem& item,
                                            BN_CTX* context);

  const P256Curve curve_;
  std::vector<Slot> slots_;
  // Which slots take part in the shared inversions, by their items' numbers.
  std::vector<size_t> active_;
  BignumPtr left_, right_;  // scratch
  EcPointPtr point_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_P256_BATCH_H_
