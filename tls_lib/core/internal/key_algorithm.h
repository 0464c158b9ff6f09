// The AlgorithmIdentifier of a key, as SubjectPublicKeyInfo and PKCS#8 have
// it.
#ifndef KEYHOLD_TLS_LIB_CORE_INTERNAL_KEY_ALGORITHM_H_
#define KEYHOLD_TLS_LIB_CORE_INTERNAL_KEY_ALGORITHM_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/core/internal/ec_curve.h"
#include "tls_lib/core/key_type.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold::internal {

struct KeyAlgorithm {
  KeyType type;
  // For ECDSA.
  const EcCurve* curve = nullptr;
  // For RSASSA-PSS: the one hash that the parameters allow; null: any.
  std::optional<HashAlgorithm> pss_hash;
};

// `contents`: what stands inside AlgorithmIdentifier's SEQUENCE.
// InvalidArgument says which algorithm or curve is not served, or which
// parameters are wrong.
absl::StatusOr<KeyAlgorithm> ParseKeyAlgorithm(absl::string_view contents);

// The same for ECParameters alone, the whole element, as SEC1 has it.
absl::StatusOr<const EcCurve*> ParseEcParameters(absl::string_view der);

// The whole AlgorithmIdentifier of a type that has only one (all but
// RSASSA-PSS).
std::string EncodeKeyAlgorithm(KeyType type);

}  // namespace keyhold::internal

#endif  // KEYHOLD_TLS_LIB_CORE_INTERNAL_KEY_ALGORITHM_H_
