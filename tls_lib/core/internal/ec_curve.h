// The curves that Keyhold knows, and OpenSSL's groups for them.
#ifndef KEYHOLD_TLS_LIB_CORE_INTERNAL_EC_CURVE_H_
#define KEYHOLD_TLS_LIB_CORE_INTERNAL_EC_CURVE_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "openssl/ec.h"
#include "tls_lib/core/key_type.h"

namespace keyhold::internal {

struct EcCurve {
  KeyType key_type;
  // NamedCurve (RFC 8422 §5.1.1).
  uint16_t named_curve;
  // Contents of the OBJECT IDENTIFIER (RFC 5480 §2.1.1.1).
  absl::string_view oid;
  // As OpenSSL's OSSL_PKEY_PARAM_GROUP_NAME has it.
  const char* group_name;
  int nid;
  int bits;
  // Of a coordinate, and of a private number.
  size_t field_bytes;
  // The longest ECDSA signature in DER.
  size_t max_signature_size;
};

// Null for a curve that is not listed. The result is never freed.
const EcCurve* FindCurveByOid(absl::string_view oid);
const EcCurve* FindCurveByNamedCurve(uint16_t named_curve);
const EcCurve* FindCurveByKeyType(KeyType type);

// OpenSSL's group, made once and never freed. Thread-safe.
const EC_GROUP* CurveGroup(const EcCurve& curve);

// Whether `point` is an uncompressed point (RFC 5480 §2.2) of the right
// length on the curve.
bool IsPointOnCurve(const EcCurve& curve, absl::string_view point);

}  // namespace keyhold::internal

#endif  // KEYHOLD_TLS_LIB_CORE_INTERNAL_EC_CURVE_H_
