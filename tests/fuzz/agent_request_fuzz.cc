// What a local process sends to the agent, cut into frames and read.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/agent/frame_reader.h"

namespace {

struct Cut {
  std::vector<std::string> frames;
  bool malformed = false;
};

// Feeds `bytes` in pieces of `piece`.
Cut CutIn(absl::string_view bytes, size_t piece) {
  Cut cut;
  keyhold::FrameReader reader;
  while (!bytes.empty() && !cut.malformed) {
    reader.Append(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    while (true) {
      const auto frame = reader.Next();
      cut.malformed = !frame.ok();
      if (cut.malformed || !frame->has_value()) break;
      if ((*frame)->empty() || (*frame)->size() > keyhold::kMaxFrameBytes) {
        abort();
      }
      cut.frames.emplace_back(**frame);
    }
    reader.Trim();
  }
  return cut;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1,
                                size - 1);
  // The first byte says how the rest arrives; what comes of it is the same.
  const Cut whole = CutIn(bytes, bytes.size() + 1);
  const Cut pieces = CutIn(bytes, size_t{1} + data[0]);
  if (whole.frames != pieces.frames || whole.malformed != pieces.malformed) {
    abort();
  }
  for (const std::string& frame : whole.frames) {
    keyhold::signer::v1::SignBatchRequest request;
    if (!request.ParseFromString(frame)) continue;
    // What was read can be sent on.
    keyhold::signer::v1::SignBatchRequest again;
    if (!again.ParseFromString(request.SerializeAsString())) abort();
  }
  return 0;
}
