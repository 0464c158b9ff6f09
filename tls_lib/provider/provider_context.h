// What libcrypto hands back to the provider's functions.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_PROVIDER_CONTEXT_H_
#define KEYHOLD_TLS_LIB_PROVIDER_PROVIDER_CONTEXT_H_

namespace keyhold::provider {

// One for each time that the provider is loaded. Immutable.
struct ProviderContext {
  virtual ~ProviderContext() = default;

  // Whether EVP_PKEY_fromdata may make a key of a pointer to a KeyReference:
  // where tls_lib is caller and provider in one.
  virtual bool takes_references() const { return false; }
};

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_PROVIDER_CONTEXT_H_
