// ECDSA keys.
#ifndef KEYHOLD_TLS_LIB_LOCAL_INTERNAL_EC_PRIVATE_KEY_H_
#define KEYHOLD_TLS_LIB_LOCAL_INTERNAL_EC_PRIVATE_KEY_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/core/internal/ec_curve.h"
#include "tls_lib/local/internal/key_engine.h"

namespace keyhold::internal {

// Reads ECPrivateKey (RFC 5915 §3). `curve`: what PKCS#8 says around it; null
// if nothing is around it. `public_key`: the point that PKCS#8 has beside it
// (RFC 5958 §2); empty if none. Errors as PrivateKey::Parse.
absl::StatusOr<ParsedPrivateKey> ParseEcPrivateKey(
    absl::string_view der, const EcCurve* curve, absl::string_view public_key);

}  // namespace keyhold::internal

#endif  // KEYHOLD_TLS_LIB_LOCAL_INTERNAL_EC_PRIVATE_KEY_H_
