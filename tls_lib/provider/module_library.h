// OpenSSL as the loadable provider uses it for itself.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_MODULE_LIBRARY_H_
#define KEYHOLD_TLS_LIB_PROVIDER_MODULE_LIBRARY_H_

#include "absl/status/statusor.h"
#include "openssl/types.h"

namespace keyhold::provider {

// A library context with the default provider alone: the host's has whatever
// its configuration says, this provider included, and asking it for a hash
// from within a hash would not end well. Made by the first call, because most
// programs that load the provider have no key file; never freed, since
// libcrypto's teardown comes after destructors. core uses it too, from the
// first call on. Internal if OpenSSL cannot load its default provider.
//
// Thread-safe.
absl::StatusOr<OSSL_LIB_CTX*> ModuleLibrary();

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_MODULE_LIBRARY_H_
