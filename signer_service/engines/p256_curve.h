// P-256 as a batch needs it: affine points from Jacobian ones, and the check
// that a point lies on the curve.
#ifndef KEYHOLD_SIGNER_SERVICE_ENGINES_P256_CURVE_H_
#define KEYHOLD_SIGNER_SERVICE_ENGINES_P256_CURVE_H_

#include <utility>

#include "absl/status/statusor.h"
#include "openssl/bn.h"
#include "openssl/ec.h"
#include "signer_service/engines/montgomery_field.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold {

// Numbers are as MontgomeryField has them, and without a factor R where
// nothing else is said. `scratch` is left with a secret in it. Immutable,
// thread-safe.
class P256Curve {
 public:
  // Internal: OpenSSL fails.
  static absl::StatusOr<P256Curve> Create();

  const EC_GROUP* group() const { return group_.get(); }
  const MontgomeryField& field() const { return field_; }
  // Arithmetic modulo n, the order of the generator.
  const MontgomeryField& order() const { return order_; }

  // Turns X and Y into X/Z² and Y/Z³. `z_inverse` is R/Z. False if OpenSSL has
  // no memory.
  bool MakeAffine(BIGNUM* x, BIGNUM* y, const BIGNUM* z_inverse,
                  BIGNUM* scratch, BN_CTX* context) const;

  // Whether y² = x³ + a·x + b. Internal if OpenSSL has no memory.
  absl::StatusOr<bool> IsOnCurve(const BIGNUM* x, const BIGNUM* y,
                                 BIGNUM* scratch, BIGNUM* more_scratch,
                                 BN_CTX* context) const;

 private:
  P256Curve(EcGroupPtr group, MontgomeryField field, MontgomeryField order)
      : group_(std::move(group)),
        field_(std::move(field)),
        order_(std::move(order)) {}
  bool ComputeConstants(BN_CTX* context);

  EcGroupPtr group_;
  MontgomeryField field_;
  MontgomeryField order_;
  // Scaled as the equation has them: see IsOnCurve.
  BignumPtr a_over_r_;          // a/R
  BignumPtr b_over_r_squared_;  // b/R²
  BignumPtr one_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_ENGINES_P256_CURVE_H_
