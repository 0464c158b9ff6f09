#include "tls_lib/agent/frame_reader.h"

#include <cassert>
#include <cstdint>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

// Above this an empty buffer gives its memory back.
constexpr size_t kKeptBytes = 4096;

absl::Status BadLength(uint32_t length) {
  return absl::InvalidArgumentError(absl::StrCat(
      "a frame states a length of ", length, " bytes; expected 1 to ",
      kMaxFrameBytes, " after four bytes of length, big-endian"));
}

uint32_t LengthAt(const char* bytes) {
  const auto* b = reinterpret_cast<const unsigned char*>(bytes);
  return static_cast<uint32_t>(b[0]) << 24 | static_cast<uint32_t>(b[1]) << 16 |
         static_cast<uint32_t>(b[2]) << 8 | b[3];
}

}  // namespace

void FrameReader::Append(absl::string_view bytes) {
  buffer_.erase(0, taken_);
  taken_ = 0;
  buffer_.append(bytes.data(), bytes.size());
}

void FrameReader::Trim() {
  if (within_frame() || buffer_.capacity() <= kKeptBytes) return;
  std::string().swap(buffer_);
  taken_ = 0;
}

absl::StatusOr<std::optional<absl::string_view>> FrameReader::Next() {
  const absl::string_view rest = absl::string_view(buffer_).substr(taken_);
  if (rest.size() < kFrameLengthBytes) return std::nullopt;
  const uint32_t length = LengthAt(rest.data());
  if (length == 0 || length > kMaxFrameBytes) return BadLength(length);
  if (rest.size() < kFrameLengthBytes + length) return std::nullopt;
  taken_ += kFrameLengthBytes + length;
  return rest.substr(kFrameLengthBytes, length);
}

void AppendFrame(const google::protobuf::MessageLite& message,
                 std::string& out) {
  const size_t length = message.ByteSizeLong();
  assert(length <= kMaxFrameBytes);
  for (const int shift : {24, 16, 8, 0}) {
    out += static_cast<char>(length >> shift & 0xff);
  }
  message.AppendToString(&out);
}

}  // namespace keyhold
