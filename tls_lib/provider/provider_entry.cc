#include "tls_lib/provider/provider_entry.h"

#include "openssl/core_dispatch.h"
#include "openssl/core_names.h"
#include "openssl/params.h"
#include "tls_lib/provider/key_management.h"
#include "tls_lib/provider/provider_context.h"
#include "tls_lib/provider/signature.h"

namespace keyhold::provider {
namespace {

const OSSL_ALGORITHM* QueryEntry(void*, int operation, int* no_cache) {
  *no_cache = 0;
  switch (operation) {
    case OSSL_OP_KEYMGMT:
      return KeyManagementAlgorithms();
    case OSSL_OP_SIGNATURE:
      return SignatureAlgorithms();
    default:
      return nullptr;
  }
}

void TeardownEntry(void*) {}

struct InProcessContext final : ProviderContext {
  bool takes_references() const override { return true; }
};

}  // namespace

const OSSL_PARAM* ProviderParams(void*) {
  static const OSSL_PARAM kParams[] = {
      OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_NAME, nullptr, 0),
      OSSL_PARAM_int(OSSL_PROV_PARAM_STATUS, nullptr), OSSL_PARAM_END};
  return kParams;
}

int AnswerProviderParams(void*, OSSL_PARAM params[]) {
  OSSL_PARAM* name = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_NAME);
  if (name != nullptr &&
      OSSL_PARAM_set_utf8_ptr(name, "Keyhold: keys on a signer") != 1) {
    return 0;
  }
  OSSL_PARAM* status = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_STATUS);
  return status == nullptr || OSSL_PARAM_set_int(status, 1) == 1;
}

int InitProvider(const OSSL_CORE_HANDLE*, const OSSL_DISPATCH*,
                 const OSSL_DISPATCH** provider, void** context) {
  static const OSSL_DISPATCH kTable[] = {
      {OSSL_FUNC_PROVIDER_TEARDOWN,
       reinterpret_cast<void (*)(void)>(TeardownEntry)},
      {OSSL_FUNC_PROVIDER_GETTABLE_PARAMS,
       reinterpret_cast<void (*)(void)>(ProviderParams)},
      {OSSL_FUNC_PROVIDER_GET_PARAMS,
       reinterpret_cast<void (*)(void)>(AnswerProviderParams)},
      {OSSL_FUNC_PROVIDER_QUERY_OPERATION,
       reinterpret_cast<void (*)(void)>(QueryEntry)},
      {0, nullptr}};
  *provider = kTable;
  // Never freed: libcrypto's teardown comes after destructors.
  static ProviderContext* const kContext = new InProcessContext;
  *context = kContext;
  return 1;
}

}  // namespace keyhold::provider
