// Arithmetic modulo a prime that takes the same time for every secret, on
// OpenSSL's public functions.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_MONTGOMERY_FIELD_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_MONTGOMERY_FIELD_H_

#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "openssl/bn.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold {

// The only product here is Montgomery's, a·b/R mod p, where R is a power of
// two that depends on the size of p: no division, and no operation whose time
// depends on its operands (BN_mod_mul, BN_div and BN_mod_inverse do not occur).
// Callers choose which of their numbers carry a factor R, so that most results
// need no conversion. Every number is at least 0 and less than p.
//
// Functions are OK or Internal (ResourceExhausted if the secure heap is full).
// Results may be one of the operands. Immutable, thread-safe; a BN_CTX belongs
// to one thread.
class MontgomeryField {
 public:
  static absl::StatusOr<MontgomeryField> Create(const BIGNUM* prime);

  const BIGNUM* prime() const { return prime_.get(); }

  // a·b/R, false if OpenSSL has no memory.
  bool Multiply(BIGNUM* result, const BIGNUM* a, const BIGNUM* b,
                BN_CTX* context) const {
    return BN_mod_mul_montgomery(result, a, b, montgomery_.get(), context) == 1;
  }
  // a + b. Neither is secret, or OpenSSL's constant-time addition will do.
  bool Add(BIGNUM* result, const BIGNUM* a, const BIGNUM* b) const {
    return BN_mod_add_quick(result, a, b, prime_.get()) == 1;
  }
  // a·R.
  bool ToMontgomery(BIGNUM* result, const BIGNUM* a, BN_CTX* context) const {
    return BN_to_montgomery(result, a, montgomery_.get(), context) == 1;
  }
  // a/R.
  bool FromMontgomery(BIGNUM* result, const BIGNUM* a, BN_CTX* context) const {
    return BN_from_montgomery(result, a, montgomery_.get(), context) == 1;
  }

  // R times the inverse of each of `values`, none of which is 0, into
  // `inverses`, as many other numbers. One exponentiation (Fermat's little
  // theorem) serves all of them, and three products each (Montgomery 1987,
  // §10.3.1). A value that is wrong makes every inverse wrong: check them.
  // `scratch` is left with a secret in it.
  bool InvertAll(absl::Span<const BIGNUM* const> values,
                 absl::Span<BIGNUM* const> inverses, BIGNUM* scratch,
                 BN_CTX* context) const;

 private:
  using MontgomeryPtr =
      std::unique_ptr<BN_MONT_CTX, OpensslDelete<BN_MONT_CTX_free>>;

  MontgomeryField(BignumPtr prime, BignumPtr prime_less_2,
                  MontgomeryPtr montgomery)
      : prime_(std::move(prime)),
        prime_less_2_(std::move(prime_less_2)),
        montgomery_(std::move(montgomery)) {}

  BignumPtr prime_;
  BignumPtr prime_less_2_;
  MontgomeryPtr montgomery_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_MONTGOMERY_FIELD_H_
