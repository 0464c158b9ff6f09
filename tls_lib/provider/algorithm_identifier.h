// How certificates and requests name a signature scheme.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_ALGORITHM_IDENTIFIER_H_
#define KEYHOLD_TLS_LIB_PROVIDER_ALGORITHM_IDENTIFIER_H_

#include <string>

#include "tls_lib/core/signature_scheme.h"

namespace keyhold::provider {

// The DER AlgorithmIdentifier of signatures with `scheme`: RFC 5758 §3.2
// (ECDSA), RFC 4055 §3.1 and §5 (RSA), RFC 8410 §3 (EdDSA).
std::string SignatureAlgorithmIdentifier(const SchemeInfo& scheme);

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_ALGORITHM_IDENTIFIER_H_
