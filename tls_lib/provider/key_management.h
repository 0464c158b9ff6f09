// The provider's key management: OSSL_OP_KEYMGMT for RSA, RSA-PSS, EC,
// Ed25519 and Ed448 (provider-keymgmt(7)).
#ifndef KEYHOLD_TLS_LIB_PROVIDER_KEY_MANAGEMENT_H_
#define KEYHOLD_TLS_LIB_PROVIDER_KEY_MANAGEMENT_H_

#include <memory>

#include "openssl/core.h"
#include "tls_lib/provider/key_reference.h"
#include "tls_lib/provider/public_half.h"

namespace keyhold::provider {

// The types' names are the default provider's, so that libcrypto takes them for
// the same types.
inline constexpr char kRsaNames[] = "RSA:rsaEncryption:1.2.840.113549.1.1.1";
inline constexpr char kRsaPssNames[] =
    "RSA-PSS:RSASSA-PSS:1.2.840.113549.1.1.10";
inline constexpr char kEcNames[] = "EC:id-ecPublicKey:1.2.840.10045.2.1";
inline constexpr char kEd25519Names[] = "ED25519:1.3.101.112";
inline constexpr char kEd448Names[] = "ED448:1.3.101.113";

// One parameter for EVP_PKEY_fromdata: an octet pointer to a
// std::shared_ptr<KeyReference>, which is copied. Where the provider's context
// says so; no other program has a pointer to offer.
inline constexpr char kReferenceParam[] = "keyhold-reference";

// What libcrypto holds as an opaque pointer. Never the private half: that is
// elsewhere, so exporting it fails.
struct KeyData {
  // Whether Import takes kReferenceParam (ProviderContext).
  bool takes_references = false;
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
