#include "tls_lib/agent/client/wire_format.h"

namespace keyhold::agent {
namespace {

enum WireType : uint32_t {
  kVarint = 0,
  kFixed64 = 1,
  kLengthDelimited = 2,
  kFixed32 = 5,
};

constexpr uint64_t kMostFieldNumber = (1u << 29) - 1;

}  // namespace

void WireWriter::AddVarint(uint64_t value) {
  while (value >= 0x80) {
    bytes_.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  bytes_.push_back(static_cast<char>(value));
}

void WireWriter::AddNumber(uint32_t field, uint64_t value) {
  if (value != 0) AddPresentNumber(field, value);
}

void WireWriter::AddBytes(uint32_t field, absl::string_view bytes) {
  if (!bytes.empty()) AddPresentBytes(field, bytes);
}

void WireWriter::AddPresentNumber(uint32_t field, uint64_t value) {
  AddVarint(field << 3 | kVarint);
  AddVarint(value);
}

void WireWriter::AddPresentBytes(uint32_t field, absl::string_view bytes) {
  AddVarint(field << 3 | kLengthDelimited);
  AddVarint(bytes.size());
  bytes_.append(bytes.data(), bytes.size());
}

std::optional<WireField> WireReader::Next() {
  if (rest_.empty() || !ok_) return std::nullopt;
  std::optional<uint64_t> tag = ReadVarint();
  if (!tag || *tag >> 3 == 0 || *tag >> 3 > kMostFieldNumber) {
    return Malformed();
  }
  WireField field;
  field.number = static_cast<uint32_t>(*tag >> 3);
  std::optional<uint64_t> number;
  switch (*tag & 7) {
    case kVarint:
      number = ReadVarint();
      break;
    case kFixed64:
      field.kind = WireKind::kFixed;
      number = ReadFixed(8);
      break;
    case kFixed32:
      field.kind = WireKind::kFixed;
      number = ReadFixed(4);
      break;
    case kLengthDelimited: {
      std::optional<absl::string_view> bytes = ReadLengthDelimited();
      if (!bytes) return Malformed();
      field.kind = WireKind::kBytes;
      field.bytes = *bytes;
      return field;
    }
    default:
      return Malformed();
  }
  if (!number) return Malformed();
  field.value = *number;
  return field;
}

std::optional<uint64_t> WireReader::ReadVarint() {
  uint64_t value = 0;
  for (size_t i = 0; i < rest_.size() && i < 10; ++i) {
    const auto byte = static_cast<uint8_t>(rest_[i]);
    if (i == 9 && byte > 1) return std::nullopt;
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) {
      rest_.remove_prefix(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

std::optional<uint64_t> WireReader::ReadFixed(size_t size) {
  if (rest_.size() < size) return std::nullopt;
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) {
    value |= static_cast<uint64_t>(static_cast<uint8_t>(rest_[i])) << (8 * i);
  }
  rest_.remove_prefix(size);
  return value;
}

std::optional<absl::string_view> WireReader::ReadLengthDelimited() {
  std::optional<uint64_t> length = ReadVarint();
  if (!length || *length > rest_.size()) return std::nullopt;
  absl::string_view bytes = rest_.substr(0, static_cast<size_t>(*length));
  rest_.remove_prefix(bytes.size());
  return bytes;
}

std::optional<WireField> WireReader::Malformed() {
  ok_ = false;
  return std::nullopt;
}

}  // namespace keyhold::agent
