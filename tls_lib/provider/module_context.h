// One loading of the loadable provider.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_MODULE_CONTEXT_H_
#define KEYHOLD_TLS_LIB_PROVIDER_MODULE_CONTEXT_H_

#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "openssl/core.h"
#include "openssl/core_dispatch.h"
#include "tls_lib/provider/module_settings.h"
#include "tls_lib/provider/provider_context.h"

namespace keyhold::provider {

// Made by OSSL_provider_init, freed when the provider is unloaded. Immutable,
// thread-safe.
class ModuleContext final : public ProviderContext {
 public:
  // `core` are libcrypto's functions. Internal: it lacks one.
  static absl::StatusOr<std::unique_ptr<ModuleContext>> Create(
      const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* core);

  // InvalidArgument: openssl.cnf has a value that is of no use. The provider is
  // loaded all the same, and says so when a key is: nobody would see why it
  // was not, only that the key is of no known kind.
  const absl::StatusOr<ModuleSettings>& settings() const { return settings_; }

  // The next line of `input`, at most `max_bytes` of it, with its line feed;
  // "" at the end.
  std::string ReadLine(OSSL_CORE_BIO* input, size_t max_bytes) const;
  // All of `input`, or the first `max_bytes` of it.
  std::string ReadAll(OSSL_CORE_BIO* input, size_t max_bytes) const;

 private:
  ModuleContext(absl::StatusOr<ModuleSettings> settings,
                OSSL_FUNC_BIO_gets_fn* gets, OSSL_FUNC_BIO_read_ex_fn* read)
      : settings_(std::move(settings)), gets_(gets), read_(read) {}

  const absl::StatusOr<ModuleSettings> settings_;
  OSSL_FUNC_BIO_gets_fn* const gets_;
  OSSL_FUNC_BIO_read_ex_fn* const read_;
};

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_MODULE_CONTEXT_H_
