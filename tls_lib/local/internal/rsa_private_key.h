// RSA keys, and RSASSA-PSS keys.
#ifndef KEYHOLD_TLS_LIB_LOCAL_INTERNAL_RSA_PRIVATE_KEY_H_
#define KEYHOLD_TLS_LIB_LOCAL_INTERNAL_RSA_PRIVATE_KEY_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/local/internal/key_engine.h"

namespace keyhold::internal {

// Reads RSAPrivateKey (RFC 8017 §A.1.2). `algorithm_der`: the
// AlgorithmIdentifier for its SubjectPublicKeyInfo, the whole element. Errors
// as PrivateKey::Parse.
absl::StatusOr<ParsedPrivateKey> ParseRsaPrivateKey(
    absl::string_view der, absl::string_view algorithm_der);

}  // namespace keyhold::internal

#endif  // KEYHOLD_TLS_LIB_LOCAL_INTERNAL_RSA_PRIVATE_KEY_H_
