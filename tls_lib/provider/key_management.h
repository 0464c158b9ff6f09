// The provider's key management: OSSL_OP_KEYMGMT for RSA, RSA-PSS, EC,
// Ed25519 and Ed448 (provider-keymgmt(7)).
#ifndef KEYHOLD_TLS_LIB_PROVIDER_KEY_MANAGEMENT_H_
#define KEYHOLD_TLS_LIB_PROVIDER_KEY_MANAGEMENT_H_

#include <memory>

#include "openssl/core.h"
#include "tls_lib/provider/key_reference.h"
#include "tls_lib/provider/public_half.h"

namespace keyhold::provider {

// One parameter for EVP_PKEY_fromdata: an octet pointer to a
// std::shared_ptr<KeyReference>, which is copied.
inline constexpr char kReferenceParam[] = "keyhold-reference";

// What libcrypto holds as an opaque pointer. Never the private half: that is
// elsewhere, so exporting it fails.
struct KeyData {
  // Null in a key that was only imported for comparison.
  std::shared_ptr<KeyReference> reference;
  OsslParamsPtr imported;

  // Null if the key is empty.
  const OSSL_PARAM* public_params() const {
    return reference != nullptr ? reference->public_half().params()
                                : imported.get();
  }
};

// For the answer to OSSL_OP_KEYMGMT queries. Static.
const OSSL_ALGORITHM* KeyManagementAlgorithms();

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_KEY_MANAGEMENT_H_
