// A deprecated function of OpenSSL is used here with intent: its providers
// offer no Jacobian coordinates, and without them there is nothing to share
// between signatures. Beneath it is the code that EVP_PKEY_sign runs too.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "signer_service/engines/p256_batch.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/memory/memory.h"
#include "signer_service/engines/ecdsa_sig_value.h"
#include "tls_lib/base/secure_heap.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

constexpr size_t kNumberBytes = 32;

absl::Status SigningError() {
  return PrivateKeyOperationError("cannot sign with ECDSA on P-256");
}

absl::Status CheckFailedError(absl::string_view what) {
  return WithReason(absl::DataLossError(what),
                    ErrorReason::kSignatureCheckFailed);
}

const uint8_t* Bytes(absl::string_view bytes) {
  return reinterpret_cast<const uint8_t*>(bytes.data());
}

// In the secure heap, with room for every number that it will hold.
BignumPtr SecretNumber() {
  BignumPtr number(BN_secure_new());
  // Nonces are made one byte longer than they are.
  if (number != nullptr && BN_set_bit(number.get(), 8 * kNumberBytes) != 1) {
    return nullptr;
  }
  if (number != nullptr) BN_clear(number.get());
  return number;
}

// For public numbers less than twice the modulus.
bool ReduceOnce(BIGNUM* number, const BIGNUM* modulus) {
  return BN_cmp(number, modulus) < 0 || BN_sub(number, number, modulus) == 1;
}

bool WriteNumber(const BIGNUM* number, std::array<char, kNumberBytes>& bytes) {
  return BN_bn2binpad(number, reinterpret_cast<uint8_t*>(bytes.data()),
                      static_cast<int>(bytes.size())) >= 0;
}

}  // namespace

// Wipes what a batch leaves, at the end of its life.
class P256Batch::Cleanser {
 public:
  Cleanser(P256Batch& batch, size_t items) : batch_(batch), items_(items) {}
  Cleanser(const Cleanser&) = delete;
  Cleanser& operator=(const Cleanser&) = delete;
  ~Cleanser() {
    for (size_t i = 0; i < items_; ++i) {
      Slot& slot = batch_.slots_[i];
      for (BIGNUM* number : {slot.private_number.get(), slot.nonce.get(),
                             slot.x.get(), slot.y.get(), slot.z.get(),
                             slot.z_inverse.get(), slot.nonce_inverse.get()}) {
        BN_clear(number);
      }
    }
    BN_clear(batch_.left_.get());
    BN_clear(batch_.right_.get());
    // Every word of the last nonce's point is written over: the generator's
    // coordinates have as many.
    EC_POINT_copy(batch_.point_.get(),
                  EC_GROUP_get0_generator(batch_.curve_.group()));
  }

 private:
  P256Batch& batch_;
  const size_t items_;
};

absl::StatusOr<std::unique_ptr<P256Batch>> P256Batch::Create() {
  ASSIGN_OR_RETURN(P256Curve curve, P256Curve::Create());
  auto batch = absl::WrapUnique(new P256Batch(std::move(curve)));
  RETURN_IF_ERROR(batch->TakeMemory());
  return batch;
}

absl::Status P256Batch::TakeMemory() {
  point_.reset(EC_POINT_new(curve_.group()));
  left_ = SecretNumber();
  right_ = SecretNumber();
  if (point_ == nullptr || left_ == nullptr || right_ == nullptr) {
    return SigningError();
  }
  slots_.resize(kMaxItems);
  for (Slot& slot : slots_) {
    for (BignumPtr* number :
         {&slot.private_number, &slot.nonce, &slot.x, &slot.y, &slot.z,
          &slot.z_inverse, &slot.nonce_inverse}) {
      *number = SecretNumber();
      if (*number == nullptr) return SigningError();
    }
    BN_set_flags(slot.private_number.get(), BN_FLG_CONSTTIME);
    BN_set_flags(slot.nonce.get(), BN_FLG_CONSTTIME);
  }
  active_.reserve(kMaxItems);
  return absl::OkStatus();
}

EngineResults P256Batch::Sign(absl::Span<const EngineItem> items,
                              const P256BatchFaults* faults) {
  EngineResults results(items.size());
  Cleanser cleanser(*this, items.size());
  // Its temporaries are secret too: a new one for each batch, wiped when it is
  // freed.
  BnCtxPtr owned_context(BN_CTX_secure_new());
  BN_CTX* context = owned_context.get();
  if (context == nullptr) {
    return EngineResults(items.size(), SigningError());
  }
  active_.clear();
  for (size_t i = 0; i < items.size(); ++i) {
    Slot& slot = slots_[i];
    absl::Status status = Start(slot, items[i], context);
    if (faults != nullptr) {
      faults->AfterPoint(i, slot.nonce.get(), slot.x.get(), slot.y.get(),
                         slot.z.get());
    }
    // A zero would make every inverse of the batch zero.
    if (status.ok() &&
        (BN_is_zero(slot.nonce.get()) || BN_is_zero(slot.z.get()))) {
      status = CheckFailedError("a P-256 nonce has no inverse");
    }
    if (status.ok()) {
      active_.push_back(i);
    } else {
      results[i] = std::move(status);
    }
  }
  absl::Status inverted = InvertAll(context);
  for (size_t i : active_) {
    if (!inverted.ok()) {
      results[i] = inverted;
      continue;
    }
    results[i] = Finish(slots_[i], items[i], i, faults, context);
  }
  return results;
}

absl::Status P256Batch::Start(Slot& slot, const EngineItem& item,
                              BN_CTX* context) {
  const SecretBytes& secret = item.key->secret();
  if (secret.size() != kNumberBytes) {
    return absl::InternalError("this key is not ready for ECDSA on P-256");
  }
  if (BN_bin2bn(secret.data(), kNumberBytes, slot.private_number.get()) ==
          nullptr ||
      BN_generate_dsa_nonce(slot.nonce.get(), curve_.order().prime(),
                            slot.private_number.get(), Bytes(item.input),
                            item.input.size(), context) != 1 ||
      EC_POINT_mul(curve_.group(), point_.get(), slot.nonce.get(), nullptr,
                   nullptr, context) != 1 ||
      EC_POINT_get_Jprojective_coordinates_GFp(curve_.group(), point_.get(),
                                               slot.x.get(), slot.y.get(),
                                               slot.z.get(), context) != 1) {
    return SigningError();
  }
  return absl::OkStatus();
}

absl::Status P256Batch::InvertAll(BN_CTX* context) {
  std::array<const BIGNUM*, kMaxItems> values;
  std::array<BIGNUM*, kMaxItems> inverses;
  const size_t count = active_.size();
  for (size_t i = 0; i < count; ++i) {
    values[i] = slots_[active_[i]].z.get();
    inverses[i] = slots_[active_[i]].z_inverse.get();
  }
  if (!curve_.field().InvertAll({values.data(), count},
                                {inverses.data(), count}, left_.get(),
                                context)) {
    return SigningError();
  }
  for (size_t i = 0; i < count; ++i) {
    values[i] = slots_[active_[i]].nonce.get();
    inverses[i] = slots_[active_[i]].nonce_inverse.get();
  }
  if (!curve_.order().InvertAll({values.data(), count},
                                {inverses.data(), count}, left_.get(),
                                context)) {
    return SigningError();
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> P256Batch::Finish(Slot& slot,
                                              const EngineItem& item,
                                              size_t number,
                                              const P256BatchFaults* faults,
                                              BN_CTX* context) {
  if (faults != nullptr) {
    faults->AfterInversions(number, slot.z_inverse.get(),
                            slot.nonce_inverse.get());
  }
  if (!curve_.MakeAffine(slot.x.get(), slot.y.get(), slot.z_inverse.get(),
                         left_.get(), context)) {
    return SigningError();
  }
  if (faults != nullptr) {
    faults->AfterAffine(number, slot.x.get(), slot.y.get());
  }
  ASSIGN_OR_RETURN(bool on_curve,
                   curve_.IsOnCurve(slot.x.get(), slot.y.get(), left_.get(),
                                    right_.get(), context));
  if (!on_curve) {
    return CheckFailedError("a P-256 nonce's point is not on the curve");
  }
  ASSIGN_OR_RETURN(bool is_inverse, IsNonceInverse(slot, context));
  if (!is_inverse) {
    return CheckFailedError("a P-256 nonce's inverse is wrong");
  }
  return SignWithNonce(slot, item, context);
}

absl::StatusOr<bool> P256Batch::IsNonceInverse(const Slot& slot,
                                               BN_CTX* context) {
  if (!curve_.order().Multiply(left_.get(), slot.nonce.get(),
                               slot.nonce_inverse.get(), context)) {
    return SigningError();
  }
  return BN_is_one(left_.get()) == 1;
}

// s = k⁻¹·(e + r·d) mod n, where e is the digest's leftmost 256 bits (FIPS
// 186-5 §6.4.1). r, s and e are public.
absl::StatusOr<std::string> P256Batch::SignWithNonce(Slot& slot,
                                                     const EngineItem& item,
                                                     BN_CTX* context) {
  BIGNUM* r = slot.x.get();
  BIGNUM* e = slot.y.get();
  BIGNUM* s = left_.get();
  if (!ReduceOnce(r, curve_.order().prime()) ||
      BN_bin2bn(Bytes(item.input),
                static_cast<int>(std::min(item.input.size(), kNumberBytes)),
                e) == nullptr ||
      !ReduceOnce(e, curve_.order().prime()) ||
      !curve_.order().ToMontgomery(s, r, context) ||
      !curve_.order().Multiply(s, s, slot.private_number.get(), context) ||
      !curve_.order().Add(s, s, e) ||
      !curve_.order().Multiply(s, s, slot.nonce_inverse.get(), context)) {
    return SigningError();
  }
  if (BN_is_zero(r) || BN_is_zero(s)) {
    return CheckFailedError("a P-256 signature has a zero in it");
  }
  std::array<char, kNumberBytes> r_bytes;
  std::array<char, kNumberBytes> s_bytes;
  if (!WriteNumber(r, r_bytes) || !WriteNumber(s, s_bytes)) {
    return SigningError();
  }
  return EncodeEcdsaSigValue({r_bytes.data(), kNumberBytes},
                             {s_bytes.data(), kNumberBytes});
}

}  // namespace keyhold
