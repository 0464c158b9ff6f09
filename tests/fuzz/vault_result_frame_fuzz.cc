// What a damaged vault may send to the front.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "signer_service/vault_process/frame_codec.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view frame(reinterpret_cast<const char*>(data), size);
  const auto results = keyhold::DecodeResults(frame);
  if (!results.ok()) {
    if (!absl::IsInvalidArgument(results.status())) abort();
    return 0;
  }
  const auto again = keyhold::DecodeResults(keyhold::EncodeResults(*results));
  if (!again.ok() || again->frames_taken != results->frames_taken ||
      again->results.size() != results->results.size() ||
      again->engine_names != results->engine_names) {
    abort();
  }
  for (size_t i = 0; i < results->results.size(); ++i) {
    if (again->results[i].id != results->results[i].id) abort();
    if (again->results[i].signature.ok() !=
        results->results[i].signature.ok()) {
      abort();
    }
  }
  return 0;
}
