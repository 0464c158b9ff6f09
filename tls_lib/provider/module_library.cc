#include "tls_lib/provider/module_library.h"

#include "openssl/provider.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/core/internal/library_context.h"

namespace keyhold::provider {
namespace {

absl::StatusOr<OSSL_LIB_CTX*> LoadLibrary() {
  LibCtxPtr library(OSSL_LIB_CTX_new());
  if (library == nullptr ||
      OSSL_PROVIDER_load(library.get(), "default") == nullptr) {
    return OpensslError(absl::StatusCode::kInternal,
                        "OpenSSL cannot load its default provider for keyhold");
  }
  internal::SetLibraryContext(library.get());
  return library.release();
}

}  // namespace

absl::StatusOr<OSSL_LIB_CTX*> ModuleLibrary() {
  static const auto* const kLibrary =
      new absl::StatusOr<OSSL_LIB_CTX*>(LoadLibrary());
  return *kLibrary;
}

}  // namespace keyhold::provider
