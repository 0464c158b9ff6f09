#include "signer_service/audit/parsed_record.h"

#include <charconv>
#include <cstddef>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

constexpr absl::string_view kBegin = "{\"seq\":";
constexpr absl::string_view kChain = ",\"chain\":\"";
constexpr absl::string_view kEnd = "\"}";
constexpr size_t kHashDigits = 64;

bool IsHexDigit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
}

int HexValue(char c) { return c <= '9' ? c - '0' : c - 'a' + 10; }

bool IsHex(absl::string_view text) {
  for (const char c : text) {
    if (!IsHexDigit(c)) return false;
  }
  return text.size() % 2 == 0;
}

bool IsPlain(int byte) {
  return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

std::optional<uint64_t> ParseNumber(absl::string_view digits) {
  uint64_t value = 0;
  const std::from_chars_result end =
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end.ec != std::errc() || end.ptr != digits.data() + digits.size() ||
      (digits.size() > 1 && digits[0] == '0')) {
    return std::nullopt;
  }
  return value;
}

absl::Status NotARecord(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("is no record: ", why));
}

}  // namespace

// Reads `,"name":value` one after the other.
class ParsedRecord::Reader {
 public:
  explicit Reader(absl::string_view text) : text_(text) {}

  bool AtEnd() const { return at_ == text_.size(); }

  absl::StatusOr<Field> Next() {
    if (!Take(",\"")) return Fault("expected a field");
    Field field;
    field.name = TakeWhile([](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    });
    if (field.name.empty() || !Take("\":")) return Fault("expected a name");
    field.is_text = Take("\"");
    if (field.is_text) {
      ASSIGN_OR_RETURN(field.value, Text());
      return field;
    }
    field.value = TakeWhile([](char c) { return c >= '0' && c <= '9'; });
    if (!ParseNumber(field.value).has_value()) {
      return Fault("expected text or a number");
    }
    return field;
  }

 private:
  absl::Status Fault(absl::string_view what) const {
    return NotARecord(absl::StrCat(what, " at byte ", at_));
  }

  bool Take(absl::string_view expected) {
    if (!absl::StartsWith(text_.substr(at_), expected)) return false;
    at_ += expected.size();
    return true;
  }

  template <typename Is>
  absl::string_view TakeWhile(Is is) {
    const size_t begin = at_;
    while (at_ < text_.size() && is(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  // Up to the closing quote, which is taken too.
  absl::StatusOr<absl::string_view> Text() {
    const size_t begin = at_;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '"') return text_.substr(begin, at_++ - begin);
      if (c == '\\') {
        if (!TakeEscape()) return Fault("expected \\u00 and two digits");
      } else if (IsPlain(c)) {
        ++at_;
      } else {
        return Fault("a byte that must be escaped");
      }
    }
    return Fault("expected a closing quote");
  }

  bool TakeEscape() {
    const absl::string_view escape = text_.substr(at_, 6);
    if (escape.size() != 6 || !absl::StartsWith(escape, "\\u00") ||
        !IsHex(escape.substr(4)) ||
        IsPlain(16 * HexValue(escape[4]) + HexValue(escape[5]))) {
      return false;
    }
    at_ += escape.size();
    return true;
  }

  absl::string_view text_;
  size_t at_ = 0;
};

absl::StatusOr<ParsedRecord> ParsedRecord::Parse(absl::string_view line) {
  const size_t tail_size = kChain.size() + kHashDigits + kEnd.size();
  if (line.size() < kBegin.size() + tail_size ||
      !absl::StartsWith(line, kBegin)) {
    return NotARecord("it does not begin as one");
  }
  ParsedRecord record;
  record.chained_text_ = line.substr(0, line.size() - tail_size);
  absl::string_view tail = line.substr(record.chained_text_.size());
  if (!absl::ConsumePrefix(&tail, kChain) ||
      !absl::ConsumeSuffix(&tail, kEnd) || !IsHex(tail)) {
    return NotARecord("it does not end in its hash");
  }
  const std::string hash = absl::HexStringToBytes(tail);
  hash.copy(reinterpret_cast<char*>(record.chain_.data()),
            record.chain_.size());

  absl::string_view rest = record.chained_text_.substr(kBegin.size());
  const std::optional<uint64_t> sequence =
      ParseNumber(rest.substr(0, rest.find(',')));
  if (!sequence.has_value() || *sequence == 0) {
    return NotARecord("its sequence number is none");
  }
  record.sequence_ = *sequence;
  Reader reader(rest.substr(std::min(rest.find(','), rest.size())));
  while (!reader.AtEnd()) {
    ASSIGN_OR_RETURN(const Field field, reader.Next());
    if (record.Find(field.name) != nullptr || field.name == "seq" ||
        field.name == "chain") {
      return NotARecord(absl::StrCat("\"", field.name, "\" is there twice"));
    }
    record.fields_.push_back(field);
  }
  const Field* event = record.Find("event");
  if (event == nullptr || !event->is_text ||
      absl::StrContains(event->value, '\\')) {
    return NotARecord("it has no event");
  }
  record.event_ = event->value;
  return record;
}

const ParsedRecord::Field* ParsedRecord::Find(absl::string_view name) const {
  for (const Field& field : fields_) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

std::string ParsedRecord::Text(absl::string_view name) const {
  const Field* field = Find(name);
  if (field == nullptr || !field->is_text) return "";
  std::string text;
  const absl::string_view value = field->value;
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\') {
      text.push_back(value[i]);
      continue;
    }
    text.push_back(static_cast<char>(16 * HexValue(value[i + 4]) +
                                     HexValue(value[i + 5])));
    i += 5;
  }
  return text;
}

std::optional<uint64_t> ParsedRecord::Number(absl::string_view name) const {
  const Field* field = Find(name);
  if (field == nullptr || field->is_text) return std::nullopt;
  return ParseNumber(field->value);
}

std::optional<std::string> ParsedRecord::Hex(absl::string_view name) const {
  const Field* field = Find(name);
  if (field == nullptr || !field->is_text || !IsHex(field->value)) {
    return std::nullopt;
  }
  return absl::HexStringToBytes(field->value);
}

std::optional<absl::Time> ParsedRecord::Time() const {
  const Field* field = Find("time");
  absl::Time time;
  std::string ignored;
  if (field == nullptr || !field->is_text ||
      !absl::ParseTime("%E4Y-%m-%dT%H:%M:%E*SZ", field->value, &time,
                       &ignored)) {
    return std::nullopt;
  }
  return time;
}

}  // namespace keyhold
