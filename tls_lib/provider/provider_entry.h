// The provider's front door (provider-base(7)).
#ifndef KEYHOLD_TLS_LIB_PROVIDER_PROVIDER_ENTRY_H_
#define KEYHOLD_TLS_LIB_PROVIDER_PROVIDER_ENTRY_H_

#include "openssl/core.h"

namespace keyhold::provider {

inline constexpr char kProviderName[] = "keyhold";

// For OSSL_PROVIDER_add_builtin, and the body of a loadable module's
// OSSL_provider_init. The provider has no state of its own.
int InitProvider(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* core,
                 const OSSL_DISPATCH** provider, void** context);

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_PROVIDER_ENTRY_H_
