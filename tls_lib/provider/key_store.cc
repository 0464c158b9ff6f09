#include "tls_lib/provider/key_store.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "openssl/core_dispatch.h"
#include "openssl/params.h"
#include "tls_lib/agent/client/key_file.h"
#include "tls_lib/base/file_text.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/provider/loaded_key.h"
#include "tls_lib/provider/module_context.h"
#include "tls_lib/provider/module_library.h"
#include "tls_lib/provider/report.h"

namespace keyhold::provider {
namespace {

using absl::string_view;

constexpr char kScheme[] = "keyhold:";
constexpr size_t kMostNameBytes = 200;

absl::Status UriError(string_view uri) {
  return absl::InvalidArgumentError(absl::StrCat(
      "\"", absl::CEscape(uri.substr(0, kMostNameBytes)),
      "\" names no key file; expected keyhold: and a name of letters, digits, "
      "\"-\", \"_\", \".\" and \"@\""));
}

bool MayBeInName(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' ||
         c == '_' || c == '.' || c == '@';
}

// One key file that was opened.
struct OpenStore {
  const ModuleContext* module;
  agent::KeyFile file;
  bool loaded = false;
};

absl::StatusOr<std::unique_ptr<OpenStore>> Open(const ModuleContext& module,
                                                string_view uri) {
  RETURN_IF_ERROR(module.settings().status());
  RETURN_IF_ERROR(ModuleLibrary().status());
  ASSIGN_OR_RETURN(const std::string path,
                   KeyFilePath(uri, module.settings()->key_directory));
  ASSIGN_OR_RETURN(const std::string pem, ReadFileText(path));
  absl::StatusOr<agent::KeyFile> file = agent::DecodeKeyFilePem(pem);
  if (!file.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": ", file.status().message()));
  }
  return std::unique_ptr<OpenStore>(new OpenStore{&module, *std::move(file)});
}

absl::Status Load(OpenStore& store, OSSL_CALLBACK* callback, void* argument) {
  store.loaded = true;
  return DeliverKey(store.file, *store.module->settings(), callback, argument);
}

// From here on: C entry points.

void* OpenEntry(void* context, const char* uri) {
  auto module =
      static_cast<ModuleContext*>(static_cast<ProviderContext*>(context));
  absl::StatusOr<std::unique_ptr<OpenStore>> store = Open(*module, uri);
  if (Report(store.status()) != 1) return nullptr;
  return store->release();
}

int LoadEntry(void* store, OSSL_CALLBACK* callback, void* argument,
              OSSL_PASSPHRASE_CALLBACK*, void*) {
  return Report(Load(*static_cast<OpenStore*>(store), callback, argument));
}

int EofEntry(void* store) {
  return static_cast<const OpenStore*>(store)->loaded ? 1 : 0;
}

int CloseEntry(void* store) {
  delete static_cast<OpenStore*>(store);
  return 1;
}

const OSSL_PARAM* SettableParamsEntry(void*) {
  static const OSSL_PARAM kParams[] = {OSSL_PARAM_END};
  return kParams;
}

// What is expected and searched for: there is one key, and libcrypto sorts.
int SetParamsEntry(void*, const OSSL_PARAM[]) { return 1; }

using Entry = void (*)(void);

template <auto kFunction>
Entry AsEntry() {
  return reinterpret_cast<Entry>(kFunction);
}

}  // namespace

absl::StatusOr<std::string> KeyFilePath(string_view uri, string_view folder) {
  string_view name = uri;
  if (!absl::ConsumePrefix(&name, kScheme) || name.empty() ||
      name.size() > kMostNameBytes || name[0] == '.' ||
      !std::all_of(name.begin(), name.end(), MayBeInName)) {
    return UriError(uri);
  }
  return absl::StrCat(folder, "/", name, ".key.pem");
}

const OSSL_ALGORITHM* StoreAlgorithms() {
  static const OSSL_DISPATCH kTable[] = {
      {OSSL_FUNC_STORE_OPEN, AsEntry<OpenEntry>()},
      {OSSL_FUNC_STORE_SETTABLE_CTX_PARAMS, AsEntry<SettableParamsEntry>()},
      {OSSL_FUNC_STORE_SET_CTX_PARAMS, AsEntry<SetParamsEntry>()},
      {OSSL_FUNC_STORE_LOAD, AsEntry<LoadEntry>()},
      {OSSL_FUNC_STORE_EOF, AsEntry<EofEntry>()},
      {OSSL_FUNC_STORE_CLOSE, AsEntry<CloseEntry>()},
      {0, nullptr}};
  static const OSSL_ALGORITHM kAlgorithms[] = {
      {"keyhold", "provider=keyhold", kTable, "KEYHOLD KEYs by name"},
      {nullptr, nullptr, nullptr, nullptr}};
  return kAlgorithms;
}

}  // namespace keyhold::provider
