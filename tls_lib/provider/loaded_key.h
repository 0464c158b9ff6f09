// Hands a key of a key file to libcrypto.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_LOADED_KEY_H_
#define KEYHOLD_TLS_LIB_PROVIDER_LOADED_KEY_H_

#include "absl/status/status.h"
#include "openssl/core.h"
#include "tls_lib/agent/client/key_file.h"
#include "tls_lib/provider/module_settings.h"

namespace keyhold::provider {

// Gives the key to `callback` as what provider-object(7) calls a reference,
// which the key management takes over. Errors as AgentKeyReference::Create;
// Internal also if nobody took it over.
absl::Status DeliverKey(agent::KeyFile file, const ModuleSettings& settings,
                        OSSL_CALLBACK* callback, void* argument);

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_LOADED_KEY_H_
