#include "tls_lib/core/internal/ec_curve.h"

#include <array>

#include "openssl/err.h"
#include "openssl/obj_mac.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold::internal {
namespace {

using absl::string_view;

constexpr EcCurve kCurves[] = {
    {KeyType::kEcdsaP256, 23,
     string_view("\x2a\x86\x48\xce\x3d\x03\x01\x07", 8), "prime256v1",
     NID_X9_62_prime256v1, 256, 32, 72},
    {KeyType::kEcdsaP384, 24, string_view("\x2b\x81\x04\x00\x22", 5),
     "secp384r1", NID_secp384r1, 384, 48, 104},
    {KeyType::kEcdsaP521, 25, string_view("\x2b\x81\x04\x00\x23", 5),
     "secp521r1", NID_secp521r1, 521, 66, 139},
};

constexpr char kUncompressed = 4;

}  // namespace

const EcCurve* FindCurveByOid(absl::string_view oid) {
  for (const EcCurve& curve : kCurves) {
    if (curve.oid == oid) return &curve;
  }
  return nullptr;
}

const EcCurve* FindCurveByNamedCurve(uint16_t named_curve) {
  for (const EcCurve& curve : kCurves) {
    if (curve.named_curve == named_curve) return &curve;
  }
  return nullptr;
}

const EcCurve* FindCurveByKeyType(KeyType type) {
  for (const EcCurve& curve : kCurves) {
    if (curve.key_type == type) return &curve;
  }
  return nullptr;
}

const EC_GROUP* CurveGroup(const EcCurve& curve) {
  static const auto* const groups = [] {
    auto* made = new std::array<const EC_GROUP*, std::size(kCurves)>;
    for (size_t i = 0; i < std::size(kCurves); ++i) {
      (*made)[i] = EC_GROUP_new_by_curve_name(kCurves[i].nid);
    }
    return made;
  }();
  return (*groups)[&curve - kCurves];
}

bool IsPointOnCurve(const EcCurve& curve, absl::string_view point) {
  // EC_POINT_oct2point takes compressed and hybrid forms too, and infinity.
  if (point.size() != 1 + 2 * curve.field_bytes || point[0] != kUncompressed) {
    return false;
  }
  const EC_GROUP* group = CurveGroup(curve);
  EcPointPtr parsed(EC_POINT_new(group));
  const bool ok =
      parsed != nullptr &&
      EC_POINT_oct2point(group, parsed.get(),
                         reinterpret_cast<const uint8_t*>(point.data()),
                         point.size(), nullptr) == 1;
  if (!ok) ERR_clear_error();
  return ok;
}

}  // namespace keyhold::internal
