// A deprecated function of OpenSSL is used here with intent: its providers
// offer no Jacobian coordinates, and without them there is nothing to share
// between signatures. Beneath it is the code that EVP_PKEY_sign runs too.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "signer_service/engines/p256_batch.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/memory/memory.h"
#include "openssl/obj_mac.h"
#include "signer_service/engines/ecdsa_sig_value.h"
#include "tls_lib/base/openssl_error.h"
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
                  EC_GROUP_get0_generator(batch_.group_.get()));
  }

 private:
  P256Batch& batch_;
  const size_t items_;
};

absl::StatusOr<std::unique_ptr<P256Batch>> P256Batch::Create() {
  EcGroupPtr group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  BnCtxPtr context(BN_CTX_new());
  if (group == nullptr || context == nullptr) return SigningError();
  ASSIGN_OR_RETURN(MontgomeryField field,
                   MontgomeryField::Create(EC_GROUP_get0_field(group.get())));
  ASSIGN_OR_RETURN(MontgomeryField order,
                   MontgomeryField::Create(EC_GROUP_get0_order(group.get())));
  auto batch = absl::WrapUnique(
      new P256Batch(std::move(group), std::move(field), std::move(order)));
  RETURN_IF_ERROR(batch->TakeMemory());
  if (!batch->ComputeConstants(context.get())) return SigningError();
  return batch;
}

P256Batch::P256Batch(EcGroupPtr group, MontgomeryField field,
                     MontgomeryField order)
    : group_(std::move(group)),
      field_(std::move(field)),
      order_(std::move(order)) {}

absl::Status P256Batch::TakeMemory() {
  point_.reset(EC_POINT_new(group_.get()));
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

bool P256Batch::ComputeConstants(BN_CTX* context) {
  for (BignumPtr* number :
       {&constants_.a_over_r, &constants_.b_over_r_squared, &constants_.one}) {
    number->reset(BN_new());
    if (*number == nullptr) return false;
  }
  BIGNUM* a = constants_.a_over_r.get();
  BIGNUM* b = constants_.b_over_r_squared.get();
  BIGNUM* one = constants_.one.get();
  return EC_GROUP_get_curve(group_.get(), nullptr, a, b, context) == 1 &&
         BN_one(one) == 1 && field_.Multiply(a, a, one, context) &&
         field_.Multiply(b, b, one, context) &&
         field_.Multiply(b, b, one, context);
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
      BN_generate_dsa_nonce(slot.nonce.get(), order_.prime(),
                            slot.private_number.get(), Bytes(item.input),
                            item.input.size(), context) != 1 ||
      EC_POINT_mul(group_.get(), point_.get(), slot.nonce.get(), nullptr,
                   nullptr, context) != 1 ||
      EC_POINT_get_Jprojective_coordinates_GFp(group_.get(), point_.get(),
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
  if (!field_.InvertAll({values.data(), count}, {inverses.data(), count},
                        left_.get(), context)) {
    return SigningError();
  }
  for (size_t i = 0; i < count; ++i) {
    values[i] = slots_[active_[i]].nonce.get();
    inverses[i] = slots_[active_[i]].nonce_inverse.get();
  }
  if (!order_.InvertAll({values.data(), count}, {inverses.data(), count},
                        left_.get(), context)) {
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
  if (!MakeAffine(slot, context)) return SigningError();
  if (faults != nullptr) {
    faults->AfterAffine(number, slot.x.get(), slot.y.get());
  }
  ASSIGN_OR_RETURN(bool on_curve, OnCurve(slot, context));
  if (!on_curve) {
    return CheckFailedError("a P-256 nonce's point is not on the curve");
  }
  ASSIGN_OR_RETURN(bool is_inverse, IsNonceInverse(slot, context));
  if (!is_inverse) {
    return CheckFailedError("a P-256 nonce's inverse is wrong");
  }
  return SignWithNonce(slot, item, context);
}

// x = X/Z², y = Y/Z³.
bool P256Batch::MakeAffine(Slot& slot, BN_CTX* context) {
  BIGNUM* power = left_.get();
  const BIGNUM* z_inverse = slot.z_inverse.get();
  return field_.Multiply(power, z_inverse, z_inverse, context) &&
         field_.Multiply(slot.x.get(), slot.x.get(), power, context) &&
         field_.Multiply(power, power, z_inverse, context) &&
         field_.Multiply(slot.y.get(), slot.y.get(), power, context);
}

// y²/R² = (x³ + a·x + b)/R².
absl::StatusOr<bool> P256Batch::OnCurve(const Slot& slot, BN_CTX* context) {
  BIGNUM* left = left_.get();
  BIGNUM* right = right_.get();
  const BIGNUM* x = slot.x.get();
  const BIGNUM* y = slot.y.get();
  if (!field_.Multiply(left, y, y, context) ||
      !field_.Multiply(left, left, constants_.one.get(), context) ||
      !field_.Multiply(right, x, x, context) ||
      !field_.Add(right, right, constants_.a_over_r.get()) ||
      !field_.Multiply(right, right, x, context) ||
      !field_.Add(right, right, constants_.b_over_r_squared.get())) {
    return SigningError();
  }
  return BN_cmp(left, right) == 0;
}

absl::StatusOr<bool> P256Batch::IsNonceInverse(const Slot& slot,
                                               BN_CTX* context) {
  if (!order_.Multiply(left_.get(), slot.nonce.get(), slot.nonce_inverse.get(),
                       context)) {
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
  if (!ReduceOnce(r, order_.prime()) ||
      BN_bin2bn(Bytes(item.input),
                static_cast<int>(std::min(item.input.size(), kNumberBytes)),
                e) == nullptr ||
      !ReduceOnce(e, order_.prime()) || !order_.ToMontgomery(s, r, context) ||
      !order_.Multiply(s, s, slot.private_number.get(), context) ||
      !order_.Add(s, s, e) ||
      !order_.Multiply(s, s, slot.nonce_inverse.get(), context)) {
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
