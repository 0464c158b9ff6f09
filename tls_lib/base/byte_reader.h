// Reads the presentation language of TLS (RFC 8446 §3) from bytes that a
// stranger sent.
#ifndef KEYHOLD_TLS_LIB_BASE_BYTE_READER_H_
#define KEYHOLD_TLS_LIB_BASE_BYTE_READER_H_

#include <cstddef>
#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace keyhold {

// Reads from the front. Each function returns null, and reads nothing, if
// there are too few bytes. The bytes must outlive the reader and what it
// returns. Not thread-safe.
class ByteReader {
 public:
  explicit ByteReader(absl::string_view bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  absl::string_view rest() const { return bytes_; }

  // A big-endian number of `width` bytes, at most 4.
  std::optional<uint32_t> ReadNumber(size_t width) {
    if (bytes_.size() < width) return std::nullopt;
    uint32_t number = 0;
    for (size_t i = 0; i < width; ++i) {
      number = number << 8 | static_cast<uint8_t>(bytes_[i]);
    }
    bytes_.remove_prefix(width);
    return number;
  }

  std::optional<absl::string_view> ReadBytes(size_t count) {
    if (bytes_.size() < count) return std::nullopt;
    absl::string_view result = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return result;
  }

  // A vector: its length in `width` bytes, then as many bytes.
  std::optional<absl::string_view> ReadVector(size_t width) {
    ByteReader ahead = *this;
    std::optional<uint32_t> length = ahead.ReadNumber(width);
    if (!length) return std::nullopt;
    std::optional<absl::string_view> result = ahead.ReadBytes(*length);
    if (result) *this = ahead;
    return result;
  }

 private:
  absl::string_view bytes_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_BASE_BYTE_READER_H_
