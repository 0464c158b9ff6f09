// Ed25519 and Ed448 keys.
#ifndef KEYHOLD_TLS_LIB_LOCAL_INTERNAL_EDDSA_PRIVATE_KEY_H_
#define KEYHOLD_TLS_LIB_LOCAL_INTERNAL_EDDSA_PRIVATE_KEY_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/core/key_type.h"
#include "tls_lib/local/internal/key_engine.h"

namespace keyhold::internal {

// Reads CurvePrivateKey (RFC 8410 §7). `public_key`: what PKCS#8 has beside
// it; empty if nothing. Errors as PrivateKey::Parse.
absl::StatusOr<ParsedPrivateKey> ParseEddsaPrivateKey(
    absl::string_view der, KeyType type, absl::string_view public_key);

}  // namespace keyhold::internal

#endif  // KEYHOLD_TLS_LIB_LOCAL_INTERNAL_EDDSA_PRIVATE_KEY_H_
