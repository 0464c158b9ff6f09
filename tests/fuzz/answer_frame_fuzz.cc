// What the provider reads from the agent's socket: frames, cut anywhere, and
// the messages in them, held against the generated code.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

#include "google/protobuf/stubs/logging.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/agent/client/frame.h"
#include "tls_lib/agent/client/sign_messages.h"

namespace {

using keyhold::agent::AnswerFrame;
using keyhold::agent::FrameReader;

void CheckMessage(absl::string_view payload) {
  const absl::StatusOr<AnswerFrame> frame =
      keyhold::agent::DecodeAnswerFrame(payload);
  if (!frame.ok()) return;
  keyhold::signer::v1::SignBatchResponse generated;
  // It refuses more: texts that are no UTF-8, for one.
  if (!generated.ParseFromArray(payload.data(),
                                static_cast<int>(payload.size()))) {
    return;
  }
  if (frame->has_limits != generated.has_limits() ||
      frame->answer.has_value() != (generated.items_size() == 1)) {
    abort();
  }
  if (!frame->answer.has_value()) return;
  if (frame->answer->id != generated.items(0).id() ||
      frame->answer->signature != generated.items(0).signature()) {
    abort();
  }
}

// The frames of a stream, whole and byte by byte, are the same.
std::string FramesOf(absl::string_view stream, size_t step) {
  FrameReader reader;
  std::string frames;
  while (!stream.empty()) {
    reader.Append(stream.substr(0, step));
    stream.remove_prefix(stream.size() < step ? stream.size() : step);
    for (;;) {
      absl::StatusOr<std::optional<std::string>> frame = reader.Next();
      if (!frame.ok()) return frames + "!";
      if (!frame->has_value()) break;
      frames += **frame + "|";
      CheckMessage(**frame);
    }
  }
  return frames;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // It says of each text that it is no UTF-8.
  static const auto kSilent = google::protobuf::SetLogHandler(nullptr);
  static_cast<void>(kSilent);
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  CheckMessage(input);
  if (FramesOf(input, size) != FramesOf(input, 1)) abort();
  return 0;
}
