#include "tls_lib/core/internal/ec_curve.h"

#include <string>

#include "gtest/gtest.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold::internal {
namespace {

std::string Generator(const EcCurve& curve, point_conversion_form_t form) {
  const EC_GROUP* group = CurveGroup(curve);
  std::string encoded(1 + 2 * curve.field_bytes, '\0');
  encoded.resize(EC_POINT_point2oct(group, EC_GROUP_get0_generator(group), form,
                                    reinterpret_cast<uint8_t*>(encoded.data()),
                                    encoded.size(), nullptr));
  return encoded;
}

TEST(EcCurveTest, TheTableAgreesWithOpenssl) {
  for (uint16_t named : {23, 24, 25}) {
    const EcCurve* curve = FindCurveByNamedCurve(named);
    ASSERT_NE(curve, nullptr);
    EXPECT_EQ(FindCurveByOid(curve->oid), curve);
    EXPECT_EQ(FindCurveByKeyType(curve->key_type), curve);
    const EC_GROUP* group = CurveGroup(*curve);
    EXPECT_EQ(CurveGroup(*curve), group);
    EXPECT_EQ(EC_GROUP_get_curve_name(group), curve->nid);
    EXPECT_EQ(EC_GROUP_get_degree(group), curve->bits);
    EXPECT_EQ(static_cast<size_t>((EC_GROUP_order_bits(group) + 7) / 8),
              curve->field_bytes);
    EvpPkeyPtr key(EVP_EC_gen(curve->group_name));
    EXPECT_EQ(static_cast<size_t>(EVP_PKEY_get_size(key.get())),
              curve->max_signature_size);
  }
}

TEST(EcCurveTest, OthersAreNotThere) {
  EXPECT_EQ(FindCurveByNamedCurve(22), nullptr);
  EXPECT_EQ(FindCurveByNamedCurve(29), nullptr);
  EXPECT_EQ(FindCurveByOid(""), nullptr);
  EXPECT_EQ(FindCurveByKeyType(KeyType::kRsa), nullptr);
}

TEST(IsPointOnCurveTest, OnlyUncompressedPointsOnTheCurve) {
  for (uint16_t named : {23, 24, 25}) {
    const EcCurve& curve = *FindCurveByNamedCurve(named);
    std::string point = Generator(curve, POINT_CONVERSION_UNCOMPRESSED);
    EXPECT_TRUE(IsPointOnCurve(curve, point));
    EXPECT_FALSE(
        IsPointOnCurve(curve, Generator(curve, POINT_CONVERSION_COMPRESSED)));
    EXPECT_FALSE(
        IsPointOnCurve(curve, Generator(curve, POINT_CONVERSION_HYBRID)));
    EXPECT_FALSE(IsPointOnCurve(curve, std::string(1, '\0')));  // infinity
    EXPECT_FALSE(IsPointOnCurve(curve, ""));
    EXPECT_FALSE(IsPointOnCurve(curve, point + "x"));
    point.back() ^= 1;
    EXPECT_FALSE(IsPointOnCurve(curve, point));
  }
}

}  // namespace
}  // namespace keyhold::internal
