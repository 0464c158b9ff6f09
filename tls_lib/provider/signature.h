// The provider's signatures: OSSL_OP_SIGNATURE for RSA, ECDSA, Ed25519 and
// Ed448 (provider-signature(7)): digest-sign, and for RSA and ECDSA the signing
// of digests, which a KeyReference may refuse. There is no verifying.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_SIGNATURE_H_
#define KEYHOLD_TLS_LIB_PROVIDER_SIGNATURE_H_

#include "openssl/core.h"

namespace keyhold::provider {

// For the answer to OSSL_OP_SIGNATURE queries. Static.
const OSSL_ALGORITHM* SignatureAlgorithms();

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_SIGNATURE_H_
