// Signature schemes as certificates name them.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_ALGORITHM_IDENTIFIER_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_ALGORITHM_IDENTIFIER_H_

#include <string>

#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

// DER AlgorithmIdentifier of a known scheme: RFC 4055 §3 and §5 (RSA), RFC 5758
// §3.2 (ECDSA), RFC 8410 §3 (EdDSA).
std::string AlgorithmIdentifier(SignatureScheme scheme);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_ALGORITHM_IDENTIFIER_H_
