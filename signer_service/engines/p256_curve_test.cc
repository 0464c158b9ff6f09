#include "signer_service/engines/p256_curve.h"

#include "gtest/gtest.h"
#include "openssl/ec.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

class P256CurveTest : public testing::Test {
 protected:
  P256CurveTest()
      : curve_(*P256Curve::Create()),
        context_(BN_CTX_new()),
        x_(BN_new()),
        y_(BN_new()),
        scratch_(BN_new()),
        more_scratch_(BN_new()) {}

  // A random point's affine coordinates, by OpenSSL.
  void ReadRandomPoint() {
    BignumPtr number(BN_new());
    EcPointPtr point(EC_POINT_new(curve_.group()));
    ASSERT_EQ(BN_rand_range(number.get(), curve_.order().prime()), 1);
    ASSERT_EQ(EC_POINT_mul(curve_.group(), point.get(), number.get(), nullptr,
                           nullptr, context_.get()),
              1);
    ASSERT_EQ(
        EC_POINT_get_affine_coordinates(curve_.group(), point.get(), x_.get(),
                                        y_.get(), context_.get()),
        1);
  }
  bool IsOnCurve() const {
    absl::StatusOr<bool> result =
        curve_.IsOnCurve(x_.get(), y_.get(), scratch_.get(),
                         more_scratch_.get(), context_.get());
    EXPECT_THAT(result, IsOk());
    return *result;
  }

  const P256Curve curve_;
  const BnCtxPtr context_;
  const BignumPtr x_, y_;
  const BignumPtr scratch_, more_scratch_;
};

TEST_F(P256CurveTest, PointsAreOnTheCurve) {
  for (int i = 0; i < 100; ++i) {
    ReadRandomPoint();
    EXPECT_TRUE(IsOnCurve());
  }
}

TEST_F(P256CurveTest, ChangedPointsAreNot) {
  for (int bit = 0; bit < 255; ++bit) {
    ReadRandomPoint();
    BIGNUM* changed = bit % 2 == 0 ? x_.get() : y_.get();
    ASSERT_EQ(BN_is_bit_set(changed, bit) == 1 ? BN_clear_bit(changed, bit)
                                               : BN_set_bit(changed, bit),
              1);
    // Above the prime is no number of the field.
    if (BN_cmp(changed, curve_.field().prime()) >= 0) continue;
    EXPECT_FALSE(IsOnCurve()) << "bit " << bit;
  }
  BN_zero(x_.get());
  BN_zero(y_.get());
  EXPECT_FALSE(IsOnCurve());
}

// X = x·Z², Y = y·Z³ for some Z, by OpenSSL's own products.
TEST_F(P256CurveTest, JacobianBecomesAffine) {
  ReadRandomPoint();
  const BIGNUM* p = curve_.field().prime();
  BignumPtr z(BN_new());
  BN_rand_range(z.get(), p);
  BignumPtr square(BN_new());
  BignumPtr cube(BN_new());
  BignumPtr x(BN_new());
  BignumPtr y(BN_new());
  BN_mod_mul(square.get(), z.get(), z.get(), p, context_.get());
  BN_mod_mul(cube.get(), square.get(), z.get(), p, context_.get());
  BN_mod_mul(x.get(), x_.get(), square.get(), p, context_.get());
  BN_mod_mul(y.get(), y_.get(), cube.get(), p, context_.get());
  BignumPtr inverse(BN_mod_inverse(nullptr, z.get(), p, context_.get()));
  ASSERT_TRUE(curve_.field().ToMontgomery(inverse.get(), inverse.get(),
                                          context_.get()));
  ASSERT_TRUE(curve_.MakeAffine(x.get(), y.get(), inverse.get(), scratch_.get(),
                                context_.get()));
  EXPECT_EQ(BN_cmp(x.get(), x_.get()), 0);
  EXPECT_EQ(BN_cmp(y.get(), y_.get()), 0);
}

}  // namespace
}  // namespace keyhold
