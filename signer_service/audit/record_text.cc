#include "signer_service/audit/record_text.h"

#include <array>
#include <charconv>

namespace keyhold {
namespace {

constexpr char kHexDigits[] = "0123456789abcdef";

struct HexPairs {
  constexpr HexPairs() : text() {
    for (int byte = 0; byte < 256; ++byte) {
      text[2 * byte] = kHexDigits[byte >> 4];
      text[2 * byte + 1] = kHexDigits[byte & 15];
    }
  }
  char text[512];
};
constexpr HexPairs kHexPairs;

void AppendName(std::string& out, absl::string_view name) {
  out.append(",\"").append(name.data(), name.size()).append("\":");
}

void AppendHexDigits(std::string& out, absl::string_view bytes) {
  const size_t begin = out.size();
  out.resize(begin + 2 * bytes.size());
  char* to = &out[begin];
  for (const char byte : bytes) {
    const char* pair = kHexPairs.text + 2 * static_cast<unsigned char>(byte);
    *to++ = pair[0];
    *to++ = pair[1];
  }
}

bool IsPlain(char byte) {
  return byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\';
}

void AppendEscaped(std::string& out, absl::string_view value) {
  size_t begin = 0;
  for (size_t i = 0; i < value.size(); ++i) {
    if (IsPlain(value[i])) continue;
    out.append(value.data() + begin, i - begin).append("\\u00");
    AppendHexDigits(out, value.substr(i, 1));
    begin = i + 1;
  }
  out.append(value.data() + begin, value.size() - begin);
}

// The digits of `value`, as many as asked for, zeros in front.
void PutDigits(char* to, int digits, int64_t value) {
  for (int i = digits - 1; i >= 0; --i) {
    to[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

// "2026-01-02T03:04:05" of the second that this thread wrote last.
absl::string_view SecondText(int64_t second) {
  static thread_local int64_t kept = -1;
  static thread_local std::array<char, 19> text;
  if (second != kept) {
    const std::string made =
        absl::FormatTime("%E4Y-%m-%dT%H:%M:%S", absl::FromUnixSeconds(second),
                         absl::UTCTimeZone());
    made.copy(text.data(), text.size());
    kept = second;
  }
  return {text.data(), text.size()};
}

}  // namespace

void AppendAuditText(std::string& out, absl::string_view name,
                     absl::string_view value) {
  AppendName(out, name);
  out.push_back('"');
  if (value.size() <= kMaxAuditTextBytes) {
    AppendEscaped(out, value);
  } else {
    AppendEscaped(out, value.substr(0, kMaxAuditTextBytes - 3));
    out.append("...");
  }
  out.push_back('"');
}

void AppendAuditHex(std::string& out, absl::string_view name,
                    absl::string_view bytes) {
  AppendName(out, name);
  out.push_back('"');
  AppendHexDigits(out, bytes);
  out.push_back('"');
}

void AppendAuditNumber(std::string& out, absl::string_view name,
                       uint64_t value) {
  AppendName(out, name);
  std::array<char, 20> digits;
  const std::to_chars_result end =
      std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out.append(digits.data(), end.ptr - digits.data());
}

void AppendAuditTime(std::string& out, absl::string_view name,
                     absl::Time value) {
  constexpr int64_t kMicros = 1000000;
  // Of the years 1970 to 9999, so that every time has the same form.
  constexpr int64_t kLast = 253402300799 * kMicros;
  const int64_t asked = absl::ToUnixMicros(value);
  const int64_t micros = asked < 0 ? 0 : asked > kLast ? kLast : asked;
  AppendName(out, name);
  const absl::string_view second = SecondText(micros / kMicros);
  char fraction[] = ".000000Z\"";
  PutDigits(fraction + 1, 6, micros % kMicros);
  out.append("\"").append(second.data(), second.size()).append(fraction, 9);
}

}  // namespace keyhold
