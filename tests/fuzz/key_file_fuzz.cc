// The key file's decoder: a file that a server reads as root.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "tls_lib/agent/client/key_file.h"

namespace {

using keyhold::agent::KeyFile;

// Strict means that there is one encoding of each file.
void CheckDer(absl::string_view der) {
  const absl::StatusOr<KeyFile> file = keyhold::agent::DecodeKeyFileDer(der);
  if (!file.ok()) {
    if (file.status().message().empty()) abort();
    return;
  }
  const absl::StatusOr<std::string> again =
      keyhold::agent::EncodeKeyFileDer(*file);
  if (!again.ok() || *again != der) abort();
}

void CheckPem(absl::string_view pem) {
  const absl::StatusOr<KeyFile> file = keyhold::agent::DecodeKeyFilePem(pem);
  if (!file.ok()) return;
  const absl::StatusOr<KeyFile> again = keyhold::agent::DecodeKeyFilePem(
      keyhold::agent::EncodeKeyFilePem(*file).value());
  if (!again.ok() || again->key != file->key || again->key_id != file->key_id ||
      again->agent.uid != file->agent.uid) {
    abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  CheckDer(input);
  CheckPem(input);
  return 0;
}
