#include "tls_lib/base/der.h"

#include "absl/strings/str_cat.h"
#include "tls_lib/base/byte_reader.h"

namespace keyhold {
namespace {

constexpr uint8_t kLongTag = 0x1f;

// Null unless a length in its shortest form follows.
std::optional<uint32_t> ReadLength(ByteReader& reader) {
  std::optional<uint32_t> first = reader.ReadNumber(1);
  if (!first || *first < 0x80) return first;
  const size_t width = *first & 0x7f;
  // 0 is the indefinite form. Three bytes are far more than any key.
  if (width == 0 || width > 3) return std::nullopt;
  std::optional<uint32_t> length = reader.ReadNumber(width);
  const uint32_t least = width == 1 ? 0x80 : 1u << (8 * (width - 1));
  if (!length || *length < least) return std::nullopt;
  return length;
}

}  // namespace

std::optional<DerReader::Element> DerReader::ReadElement() {
  ByteReader reader(der_);
  std::optional<uint32_t> tag = reader.ReadNumber(1);
  if (!tag || (*tag & kLongTag) == kLongTag) return std::nullopt;
  std::optional<uint32_t> length = ReadLength(reader);
  if (!length) return std::nullopt;
  std::optional<absl::string_view> contents = reader.ReadBytes(*length);
  if (!contents) return std::nullopt;
  Element element;
  element.tag = static_cast<uint8_t>(*tag);
  element.contents = *contents;
  element.whole = der_.substr(0, der_.size() - reader.rest().size());
  der_ = reader.rest();
  return element;
}

std::optional<absl::string_view> DerReader::Read(uint8_t tag) {
  if (!Next(tag)) return std::nullopt;
  std::optional<Element> element = ReadElement();
  if (!element) return std::nullopt;
  return element->contents;
}

std::optional<absl::string_view> DerReader::ReadUnsigned() {
  DerReader ahead = *this;
  std::optional<absl::string_view> number = ahead.Read(kDerInteger);
  if (!number || number->empty()) return std::nullopt;
  const auto first = static_cast<uint8_t>((*number)[0]);
  if (first >= 0x80) return std::nullopt;
  if (first == 0) {
    number->remove_prefix(1);
    // A leading zero is there only to keep the number from being negative.
    if (!number->empty() && static_cast<uint8_t>((*number)[0]) < 0x80) {
      return std::nullopt;
    }
  }
  *this = ahead;
  return number;
}

std::optional<absl::string_view> DerReader::ReadBitString() {
  DerReader ahead = *this;
  std::optional<absl::string_view> bits = ahead.Read(kDerBitString);
  if (!bits || bits->empty() || (*bits)[0] != 0) return std::nullopt;
  *this = ahead;
  bits->remove_prefix(1);
  return bits;
}

std::string DerElement(uint8_t tag, absl::string_view contents) {
  std::string header(1, static_cast<char>(tag));
  const size_t length = contents.size();
  if (length < 0x80) {
    header.push_back(static_cast<char>(length));
  } else {
    std::string digits;
    for (size_t rest = length; rest != 0; rest >>= 8) {
      digits.insert(digits.begin(), static_cast<char>(rest & 0xff));
    }
    header.push_back(static_cast<char>(0x80 | digits.size()));
    header += digits;
  }
  return absl::StrCat(header, contents);
}

std::string DerBitString(absl::string_view bytes) {
  return DerElement(kDerBitString,
                    absl::StrCat(absl::string_view("\0", 1), bytes));
}

}  // namespace keyhold
