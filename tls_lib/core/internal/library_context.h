// OpenSSL's library context in which core fetches algorithms and makes keys.
#ifndef KEYHOLD_TLS_LIB_CORE_INTERNAL_LIBRARY_CONTEXT_H_
#define KEYHOLD_TLS_LIB_CORE_INTERNAL_LIBRARY_CONTEXT_H_

#include "openssl/types.h"

namespace keyhold::internal {

// Null, which is OpenSSL's default context, unless SetLibraryContext was
// called. Thread-safe.
OSSL_LIB_CTX* LibraryContext();

// For the loadable provider, whose host's default context may have any
// providers in any order: core must not find the provider that it is part of.
// To be called before anything else of core is; what was fetched before stays
// as it is. `library` must live as long as the process. Thread-safe.
void SetLibraryContext(OSSL_LIB_CTX* library);

}  // namespace keyhold::internal

#endif  // KEYHOLD_TLS_LIB_CORE_INTERNAL_LIBRARY_CONTEXT_H_
