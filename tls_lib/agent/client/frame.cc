#include "tls_lib/agent/client/frame.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/byte_reader.h"

namespace keyhold::agent {
namespace {

absl::Status FrameLengthError(uint32_t length) {
  return absl::InvalidArgumentError(absl::StrCat(
      "a frame announces ", length, " bytes; expected 1 to ", kMostFrameBytes));
}

}  // namespace

std::string MakeFrame(absl::string_view payload) {
  std::string frame;
  frame.reserve(kFrameHeaderBytes + payload.size());
  for (int shift = 24; shift >= 0; shift -= 8) {
    frame.push_back(static_cast<char>(payload.size() >> shift));
  }
  frame.append(payload.data(), payload.size());
  return frame;
}

absl::StatusOr<std::optional<std::string>> FrameReader::Next() {
  ByteReader reader(buffer_);
  std::optional<uint32_t> length = reader.ReadNumber(kFrameHeaderBytes);
  if (!length) return std::nullopt;
  if (*length == 0 || *length > kMostFrameBytes) {
    return FrameLengthError(*length);
  }
  std::optional<absl::string_view> payload = reader.ReadBytes(*length);
  if (!payload) return std::nullopt;
  std::string result(*payload);
  buffer_.erase(0, kFrameHeaderBytes + result.size());
  return result;
}

}  // namespace keyhold::agent
