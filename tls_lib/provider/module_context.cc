#include "tls_lib/provider/module_context.h"

#include <optional>

#include "absl/status/status.h"
#include "openssl/params.h"

namespace keyhold::provider {
namespace {

absl::Status NoFunctionError() {
  return absl::InternalError(
      "this libcrypto does not offer what keyhold needs; OpenSSL 3.0 does");
}

template <typename Function>
Function* FindFunction(const OSSL_DISPATCH* core, int id) {
  for (; core->function_id != 0; ++core) {
    if (core->function_id == id) {
      return reinterpret_cast<Function*>(core->function);
    }
  }
  return nullptr;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ModuleContext>> ModuleContext::Create(
    const OSSL_CORE_HANDLE* handle, const OSSL_DISPATCH* core) {
  auto get_params = FindFunction<OSSL_FUNC_core_get_params_fn>(
      core, OSSL_FUNC_CORE_GET_PARAMS);
  auto gets = FindFunction<OSSL_FUNC_BIO_gets_fn>(core, OSSL_FUNC_BIO_GETS);
  auto read =
      FindFunction<OSSL_FUNC_BIO_read_ex_fn>(core, OSSL_FUNC_BIO_READ_EX);
  if (get_params == nullptr || gets == nullptr || read == nullptr) {
    return NoFunctionError();
  }
  const auto lookup = [&](const char* name) -> std::optional<std::string> {
    char* value = nullptr;
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_ptr(name, &value, 0),
                           OSSL_PARAM_END};
    if (get_params(handle, params) != 1 || value == nullptr) {
      return std::nullopt;
    }
    return value;
  };
  return std::unique_ptr<ModuleContext>(
      new ModuleContext(ModuleSettings::Create(lookup), gets, read));
}

std::string ModuleContext::ReadLine(OSSL_CORE_BIO* input,
                                    size_t max_bytes) const {
  // One more, for the zero byte that ends it.
  std::string line(max_bytes + 1, '\0');
  const int size = gets_(input, &line[0], static_cast<int>(line.size()));
  line.resize(size > 0 ? static_cast<size_t>(size) : 0);
  return line;
}

std::string ModuleContext::ReadAll(OSSL_CORE_BIO* input,
                                   size_t max_bytes) const {
  std::string bytes(max_bytes, '\0');
  size_t total = 0;
  size_t size = 0;
  while (total < max_bytes &&
         read_(input, &bytes[total], max_bytes - total, &size) == 1) {
    total += size;
  }
  bytes.resize(total);
  return bytes;
}

}  // namespace keyhold::provider
