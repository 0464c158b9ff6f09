#include "signer_service/engines/nettle_p384_engine.h"

#include <gmp.h>

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "nettle/dsa.h"
#include "nettle/ecc-curve.h"
#include "nettle/ecc.h"
#include "nettle/ecdsa.h"
#include "openssl/bn.h"
#include "openssl/crypto.h"
#include "openssl/ec.h"
#include "openssl/obj_mac.h"
#include "signer_service/engines/ecdsa_sig_value.h"
#include "signer_service/engines/openssl_random.h"
#include "signer_service/engines/stack_wipe.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/secure_heap.h"

namespace keyhold {
namespace {

constexpr size_t kNumberBytes = 48;
constexpr size_t kLimbs = kNumberBytes / sizeof(mp_limb_t);
static_assert(sizeof(mp_limb_t) == sizeof(uint64_t));

// P-384 and what is made of it. Never freed.
const EC_GROUP* Group() {
  static const EC_GROUP* const group =
      EC_GROUP_new_by_curve_name(NID_secp384r1);
  return group;
}

// A private number as nettle has it. Wiped when it is destroyed.
class Scalar {
 public:
  explicit Scalar(const SecretBytes& number) {
    for (size_t i = 0; i < kNumberBytes; ++i) {
      mp_limb_t& limb = limbs_[kLimbs - 1 - i / sizeof(mp_limb_t)];
      limb = limb << 8 | number.data()[i];
    }
  }
  Scalar(const Scalar&) = delete;
  Scalar& operator=(const Scalar&) = delete;
  ~Scalar() { OPENSSL_cleanse(limbs_, sizeof(limbs_)); }

  ecc_scalar get() { return {nettle_get_secp_384r1(), limbs_}; }

 private:
  // Least significant first.
  mp_limb_t limbs_[kLimbs] = {};
};

struct NonceSource {
  BignumPtr private_number;
  BignumPtr nonce;
  BnCtxPtr context;
  absl::string_view digest;
};

// nettle_random_func. nettle takes the bytes as a big-endian number, and asks
// again if it is zero or makes r or s zero.
void GenerateNonce(void* source, size_t size, uint8_t* bytes) {
  auto& from = *static_cast<NonceSource*>(source);
  if (size != kNumberBytes ||
      BN_generate_dsa_nonce(
          from.nonce.get(), EC_GROUP_get0_order(Group()),
          from.private_number.get(),
          reinterpret_cast<const uint8_t*>(from.digest.data()),
          from.digest.size(), from.context.get()) != 1 ||
      BN_bn2binpad(from.nonce.get(), bytes, static_cast<int>(size)) < 0) {
    DieWithoutRandomBytes("a P-384 signature");
  }
}

absl::StatusOr<NonceSource> MakeNonceSource(const EngineItem& item) {
  NonceSource source;
  source.private_number.reset(BN_secure_new());
  source.nonce.reset(BN_secure_new());
  source.context.reset(BN_CTX_secure_new());
  source.digest = item.input;
  // A nonce that does not fit in the secure heap would end the process: its
  // room is taken before, one word more than the number has.
  if (Group() == nullptr || source.context == nullptr ||
      source.private_number == nullptr || source.nonce == nullptr ||
      BN_set_bit(source.nonce.get(), 8 * kNumberBytes) != 1 ||
      BN_bin2bn(item.key->secret().data(), kNumberBytes,
                source.private_number.get()) == nullptr) {
    return PrivateKeyOperationError("cannot sign with ECDSA on P-384");
  }
  BN_set_flags(source.private_number.get(), BN_FLG_CONSTTIME);
  return source;
}

// r and s, which are public.
class SignatureNumbers {
 public:
  SignatureNumbers() { dsa_signature_init(&numbers_); }
  SignatureNumbers(const SignatureNumbers&) = delete;
  SignatureNumbers& operator=(const SignatureNumbers&) = delete;
  ~SignatureNumbers() { dsa_signature_clear(&numbers_); }

  dsa_signature* get() { return &numbers_; }
  std::string Der() const {
    return EncodeEcdsaSigValue(Bytes(numbers_.r), Bytes(numbers_.s));
  }

 private:
  static std::string Bytes(const mpz_t number) {
    std::string bytes(mpz_sizeinbase(number, 256), '\0');
    size_t size = 0;
    mpz_export(bytes.data(), &size, /*order=*/1, /*size=*/1, /*endian=*/1,
               /*nails=*/0, number);
    bytes.resize(size);
    return bytes;
  }

  dsa_signature numbers_;
};

absl::StatusOr<std::string> SignOne(const EngineItem& item) {
  if (item.key->secret().size() != kNumberBytes) {
    return absl::InternalError("this key is not ready for ECDSA on P-384");
  }
  absl::StatusOr<NonceSource> source = MakeNonceSource(item);
  if (!source.ok()) return source.status();
  thread_local SignatureNumbers numbers;
  Scalar scalar(item.key->secret());
  const ecc_scalar key = scalar.get();
  ecdsa_sign(&key, &*source, GenerateNonce, item.input.size(),
             reinterpret_cast<const uint8_t*>(item.input.data()),
             numbers.get());
  return numbers.Der();
}

}  // namespace

EngineResults NettleP384Engine::Sign(absl::Span<const EngineItem> items) const {
  EngineResults results;
  results.reserve(items.size());
  for (const EngineItem& item : items) {
    StackWiper wiper;
    results.push_back(SignOne(item));
  }
  return results;
}

}  // namespace keyhold
