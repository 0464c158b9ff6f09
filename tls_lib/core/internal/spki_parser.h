// SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), read without OpenSSL's decoders,
// which cost 80 microseconds a key.
#ifndef KEYHOLD_TLS_LIB_CORE_INTERNAL_SPKI_PARSER_H_
#define KEYHOLD_TLS_LIB_CORE_INTERNAL_SPKI_PARSER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/core/internal/key_algorithm.h"

namespace keyhold::internal {

struct ParsedSpki {
  KeyAlgorithm algorithm;
  // An RSASSA-PSS key is a plain RSA key here: `algorithm` has what its
  // parameters allow.
  EvpPkeyPtr key;
  int bits = 0;
  size_t max_signature_size = 0;
};

// Errors as PublicKey::FromSpki.
absl::StatusOr<ParsedSpki> ParseSpki(absl::string_view der);

// A SubjectPublicKeyInfo of this AlgorithmIdentifier, the whole element.
std::string EncodeSpki(absl::string_view algorithm_der,
                       absl::string_view public_key);

}  // namespace keyhold::internal

#endif  // KEYHOLD_TLS_LIB_CORE_INTERNAL_SPKI_PARSER_H_
