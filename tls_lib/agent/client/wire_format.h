// Protocol Buffers' wire format, as much of it as the frames between provider
// and agent need: no descriptors, no reflection, no allocation when reading.
#ifndef KEYHOLD_TLS_LIB_AGENT_CLIENT_WIRE_FORMAT_H_
#define KEYHOLD_TLS_LIB_AGENT_CLIENT_WIRE_FORMAT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace keyhold::agent {

// Appends fields. Fields in the order of their numbers give the very bytes
// that the generated code gives. Not thread-safe.
class WireWriter {
 public:
  // Like proto3's fields without presence, nothing for 0 and for "".
  void AddNumber(uint32_t field, uint64_t value);
  void AddBytes(uint32_t field, absl::string_view bytes);
  // With presence: `optional` fields, messages and members of a oneof.
  void AddPresentNumber(uint32_t field, uint64_t value);
  void AddPresentBytes(uint32_t field, absl::string_view bytes);

  const std::string& bytes() const { return bytes_; }

 private:
  void AddVarint(uint64_t value);

  std::string bytes_;
};

// Numbers of a fixed size are none of the messages' here. A field of another
// kind than its message has it counts as unknown, as in the generated code.
enum class WireKind { kVarint, kFixed, kBytes };

struct WireField {
  bool IsNumber(uint32_t field) const {
    return number == field && kind == WireKind::kVarint;
  }
  bool IsBytes(uint32_t field) const {
    return number == field && kind == WireKind::kBytes;
  }

  uint32_t number = 0;
  WireKind kind = WireKind::kVarint;
  uint64_t value = 0;
  absl::string_view bytes;
};

// Reads fields from bytes that a stranger may have sent. They must outlive the
// reader and what it returns. Not thread-safe.
//
//   WireReader reader(payload);
//   while (std::optional<WireField> field = reader.Next()) { … }
//   if (!reader.ok()) return MalformedError();
class WireReader {
 public:
  explicit WireReader(absl::string_view bytes) : rest_(bytes) {}

  // Null at the end, and at the first field that is not well formed: a number
  // that is cut off or does not fit in 64 bits, a length beyond the end, field
  // number 0, a group, an unknown kind.
  std::optional<WireField> Next();
  // False once Next has met such a field.
  bool ok() const { return ok_; }

 private:
  std::optional<uint64_t> ReadVarint();
  std::optional<uint64_t> ReadFixed(size_t size);
  std::optional<absl::string_view> ReadLengthDelimited();
  std::optional<WireField> Malformed();

  absl::string_view rest_;
  bool ok_ = true;
};

}  // namespace keyhold::agent

#endif  // KEYHOLD_TLS_LIB_AGENT_CLIENT_WIRE_FORMAT_H_
