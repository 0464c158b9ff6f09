#include "tls_lib/provider/crypto_library.h"

#include "openssl/params.h"
#include "openssl/provider.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/provider/key_management.h"
#include "tls_lib/provider/provider_entry.h"

namespace keyhold::provider {
namespace {

absl::StatusOr<OSSL_LIB_CTX*> LoadLibrary() {
  LibCtxPtr library(OSSL_LIB_CTX_new());
  // The default provider comes first: libcrypto asks in this order, and only
  // keys of keyhold itself must end up there.
  if (library == nullptr ||
      OSSL_PROVIDER_load(library.get(), "default") == nullptr ||
      OSSL_PROVIDER_add_builtin(library.get(), kProviderName, InitProvider) !=
          1 ||
      OSSL_PROVIDER_load(library.get(), kProviderName) == nullptr) {
    return OpensslError(absl::StatusCode::kInternal,
                        "OpenSSL cannot load the providers of tls_lib");
  }
  return library.release();
}

absl::Status KeyError() {
  return OpensslError(absl::StatusCode::kInternal,
                      "OpenSSL does not take the reference to a key");
}

}  // namespace

absl::StatusOr<OSSL_LIB_CTX*> CryptoLibrary() {
  static const auto* const kLibrary =
      new absl::StatusOr<OSSL_LIB_CTX*>(LoadLibrary());
  return *kLibrary;
}

absl::StatusOr<EvpPkeyPtr> MakeRemoteKey(
    std::shared_ptr<KeyReference> reference) {
  ASSIGN_OR_RETURN(OSSL_LIB_CTX * library, CryptoLibrary());
  EvpPkeyCtxPtr context(EVP_PKEY_CTX_new_from_name(
      library, reference->public_half().openssl_type(), "provider=keyhold"));
  if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1) {
    return KeyError();
  }
  void* object = &reference;
  OSSL_PARAM params[] = {
      OSSL_PARAM_octet_ptr(kReferenceParam, &object, sizeof(reference)),
      OSSL_PARAM_END};
  EVP_PKEY* pkey = nullptr;
  if (EVP_PKEY_fromdata(context.get(), &pkey, EVP_PKEY_KEYPAIR, params) != 1) {
    return KeyError();
  }
  return EvpPkeyPtr(pkey);
}

}  // namespace keyhold::provider
