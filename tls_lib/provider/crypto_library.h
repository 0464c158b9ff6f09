// OpenSSL as tls_lib uses it: a library context of its own, which the
// application's OpenSSL configuration and providers do not touch, with the
// default provider and keyhold.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_CRYPTO_LIBRARY_H_
#define KEYHOLD_TLS_LIB_PROVIDER_CRYPTO_LIBRARY_H_

#include <memory>

#include "absl/status/statusor.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/provider/key_reference.h"

namespace keyhold::provider {

// The one context of this process, made by the first call and never freed:
// libcrypto's own teardown at exit would come after the destructors that a
// freed one needs. Internal if OpenSSL refuses to load its default provider;
// then every later call fails likewise.
//
// Thread-safe.
absl::StatusOr<OSSL_LIB_CTX*> CryptoLibrary();

// An EVP_PKEY whose private half is `reference`. libcrypto and libssl of
// CryptoLibrary() can use it like any other, except that it cannot be
// exported and signs whole messages only. Costs about as much as a memory
// allocation or two; meant for one handshake. Internal: OpenSSL failed.
//
// Thread-safe.
absl::StatusOr<EvpPkeyPtr> MakeRemoteKey(
    std::shared_ptr<KeyReference> reference);

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_CRYPTO_LIBRARY_H_
