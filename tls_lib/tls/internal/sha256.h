// SHA-256 for fingerprints.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_SHA256_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_SHA256_H_

#include <string>

#include "absl/strings/string_view.h"

namespace keyhold::tls_internal {

// 32 bytes.
std::string Sha256(absl::string_view bytes);

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_SHA256_H_
