// keyhold.so: what libcrypto finds in it is OSSL_provider_init alone
// (provider-base(7)).
#include <memory>

#include "openssl/core.h"
#include "openssl/core_dispatch.h"
#include "tls_lib/provider/key_file_decoder.h"
#include "tls_lib/provider/key_management.h"
#include "tls_lib/provider/key_store.h"
#include "tls_lib/provider/module_context.h"
#include "tls_lib/provider/provider_entry.h"
#include "tls_lib/provider/report.h"
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
    case OSSL_OP_DECODER:
      return DecoderAlgorithms();
    case OSSL_OP_STORE:
      return StoreAlgorithms();
    default:
      return nullptr;
  }
}

void TeardownEntry(void* context) {
  delete static_cast<ProviderContext*>(context);
}

const OSSL_DISPATCH* ModuleDispatch() {
  using Entry = void (*)(void);
  static const OSSL_DISPATCH kTable[] = {
      {OSSL_FUNC_PROVIDER_TEARDOWN, reinterpret_cast<Entry>(TeardownEntry)},
      {OSSL_FUNC_PROVIDER_GETTABLE_PARAMS,
       reinterpret_cast<Entry>(ProviderParams)},
      {OSSL_FUNC_PROVIDER_GET_PARAMS,
       reinterpret_cast<Entry>(AnswerProviderParams)},
      {OSSL_FUNC_PROVIDER_QUERY_OPERATION, reinterpret_cast<Entry>(QueryEntry)},
      {0, nullptr}};
  return kTable;
}

}  // namespace
}  // namespace keyhold::provider

extern "C" __attribute__((visibility("default"))) int OSSL_provider_init(
    const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* core,
    const OSSL_DISPATCH** provider, void** context) {
  using keyhold::provider::ModuleContext;
  keyhold::provider::LoadReportReasons();
  absl::StatusOr<std::unique_ptr<ModuleContext>> module =
      ModuleContext::Create(handle, core);
  if (!module.ok()) return keyhold::provider::Report(module.status());
  *provider = keyhold::provider::ModuleDispatch();
  *context =
      static_cast<keyhold::provider::ProviderContext*>(module->release());
  return 1;
}
