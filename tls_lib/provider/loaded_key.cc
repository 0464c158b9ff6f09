#include "tls_lib/provider/loaded_key.h"

#include <memory>
#include <utility>

#include "openssl/core_names.h"
#include "openssl/core_object.h"
#include "openssl/params.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/provider/agent_key_reference.h"
#include "tls_lib/provider/key_management.h"

namespace keyhold::provider {
namespace {

absl::Status NotTakenError() {
  return absl::InternalError("OpenSSL did not take the key over");
}

}  // namespace

absl::Status DeliverKey(agent::KeyFile file, const ModuleSettings& settings,
                        OSSL_CALLBACK* callback, void* argument) {
  auto key = std::make_unique<KeyData>();
  ASSIGN_OR_RETURN(key->reference,
                   AgentKeyReference::Create(std::move(file), settings));
  int type = OSSL_OBJECT_PKEY;
  const char* name = key->reference->public_half().openssl_type();
  // The receiver takes the pointer out of its place.
  KeyData* place = key.get();
  OSSL_PARAM params[] = {
      OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &type),
      OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_TYPE,
                                       const_cast<char*>(name), 0),
      OSSL_PARAM_construct_octet_string(OSSL_OBJECT_PARAM_REFERENCE, &place,
                                        sizeof(place)),
      OSSL_PARAM_construct_end()};
  const bool taken = callback(params, argument) == 1;
  if (place == nullptr) static_cast<void>(key.release());
  return taken ? absl::OkStatus() : NotTakenError();
}

}  // namespace keyhold::provider
