// The provider's front door (provider-base(7)).
#ifndef KEYHOLD_TLS_LIB_PROVIDER_PROVIDER_ENTRY_H_
#define KEYHOLD_TLS_LIB_PROVIDER_PROVIDER_ENTRY_H_

#include "openssl/core.h"

namespace keyhold::provider {

inline constexpr char kProviderName[] = "keyhold";

// For OSSL_PROVIDER_add_builtin: the provider inside the process, whose keys
// are KeyReferences (crypto_library.h). It has no state of its own.
int InitProvider(const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* core,
                 const OSSL_DISPATCH** provider, void** context);

// OSSL_FUNC_provider_get_params and _gettable_params, which every form of the
// provider answers alike.
int AnswerProviderParams(void* context, OSSL_PARAM params[]);
const OSSL_PARAM* ProviderParams(void* context);

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_PROVIDER_ENTRY_H_
