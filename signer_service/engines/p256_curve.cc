#include "signer_service/engines/p256_curve.h"

#include "openssl/obj_mac.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

absl::Status CurveError() {
  return OpensslError(absl::StatusCode::kInternal, "cannot compute on P-256");
}

}  // namespace

absl::StatusOr<P256Curve> P256Curve::Create() {
  EcGroupPtr group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  BnCtxPtr context(BN_CTX_new());
  if (group == nullptr || context == nullptr) return CurveError();
  ASSIGN_OR_RETURN(MontgomeryField field,
                   MontgomeryField::Create(EC_GROUP_get0_field(group.get())));
  ASSIGN_OR_RETURN(MontgomeryField order,
                   MontgomeryField::Create(EC_GROUP_get0_order(group.get())));
  P256Curve curve(std::move(group), std::move(field), std::move(order));
  if (!curve.ComputeConstants(context.get())) return CurveError();
  return curve;
}

bool P256Curve::ComputeConstants(BN_CTX* context) {
  for (BignumPtr* number : {&a_over_r_, &b_over_r_squared_, &one_}) {
    number->reset(BN_new());
    if (*number == nullptr) return false;
  }
  BIGNUM* a = a_over_r_.get();
  BIGNUM* b = b_over_r_squared_.get();
  return EC_GROUP_get_curve(group_.get(), nullptr, a, b, context) == 1 &&
         BN_one(one_.get()) == 1 &&
         field_.Multiply(a, a, one_.get(), context) &&
         field_.Multiply(b, b, one_.get(), context) &&
         field_.Multiply(b, b, one_.get(), context);
}

bool P256Curve::MakeAffine(BIGNUM* x, BIGNUM* y, const BIGNUM* z_inverse,
                           BIGNUM* scratch, BN_CTX* context) const {
  return field_.Multiply(scratch, z_inverse, z_inverse, context) &&
         field_.Multiply(x, x, scratch, context) &&
         field_.Multiply(scratch, scratch, z_inverse, context) &&
         field_.Multiply(y, y, scratch, context);
}

// Each product divides by R, and both sides have to be divided as often:
// y²/R² = (x³ + a·x + b)/R².
absl::StatusOr<bool> P256Curve::IsOnCurve(const BIGNUM* x, const BIGNUM* y,
                                          BIGNUM* scratch, BIGNUM* more_scratch,
                                          BN_CTX* context) const {
  BIGNUM* left = scratch;
  BIGNUM* right = more_scratch;
  if (!field_.Multiply(left, y, y, context) ||
      !field_.Multiply(left, left, one_.get(), context) ||
      !field_.Multiply(right, x, x, context) ||
      !field_.Add(right, right, a_over_r_.get()) ||
      !field_.Multiply(right, right, x, context) ||
      !field_.Add(right, right, b_over_r_squared_.get())) {
    return CurveError();
  }
  return BN_cmp(left, right) == 0;
}

}  // namespace keyhold
