#include "daemon/json_log.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace keyhold {
namespace {

absl::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

// The length of the UTF-8 sequence at the start of `text` (RFC 3629); 0 if
// there is none.
size_t Utf8Length(absl::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const auto follows = [&](size_t i, unsigned low = 0x80,
                           unsigned high = 0xbf) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return follows(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const unsigned low = first == 0xe0 ? 0xa0 : 0x80;
    const unsigned high = first == 0xed ? 0x9f : 0xbf;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const unsigned low = first == 0xf0 ? 0x90 : 0x80;
    const unsigned high = first == 0xf4 ? 0x8f : 0xbf;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

void AppendCharacter(std::string& json, unsigned char c) {
  if (c == '"' || c == '\\') {
    json += '\\';
    json += static_cast<char>(c);
  } else if (c == '\n') {
    json += "\\n";
  } else if (c < 0x20 || c == 0x7f) {
    absl::StrAppendFormat(&json, "\\u%04x", c);
  } else {
    json += static_cast<char>(c);
  }
}

}  // namespace

std::string JsonString(absl::string_view text) {
  std::string json = "\"";
  while (!text.empty()) {
    const size_t length = Utf8Length(text);
    if (length == 0) {
      json += "\\ufffd";
      text.remove_prefix(1);
    } else if (length == 1) {
      AppendCharacter(json, static_cast<unsigned char>(text[0]));
      text.remove_prefix(1);
    } else {
      absl::StrAppend(&json, text.substr(0, length));
      text.remove_prefix(length);
    }
  }
  return json + "\"";
}

JsonLine::JsonLine(absl::string_view event, LogLevel level)
    : text_(absl::StrCat("{\"time\":\"",
                         absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(),
                                          absl::UTCTimeZone()),
                         "\",\"level\":\"", LevelName(level),
                         "\",\"event\":", JsonString(event))) {}

JsonLine& JsonLine::Add(absl::string_view name, absl::string_view value) {
  absl::StrAppend(&text_, ",\"", name, "\":", JsonString(value));
  return *this;
}

JsonLine& JsonLine::Add(absl::string_view name, int64_t value) {
  absl::StrAppend(&text_, ",\"", name, "\":", value);
  return *this;
}

JsonLine& JsonLine::AddList(absl::string_view name,
                            absl::Span<const std::string> values) {
  absl::StrAppend(&text_, ",\"", name, "\":[");
  for (size_t i = 0; i < values.size(); ++i) {
    absl::StrAppend(&text_, i == 0 ? "" : ",", JsonString(values[i]));
  }
  text_ += "]";
  return *this;
}

JsonLine& JsonLine::AddObjects(absl::string_view name, absl::string_view field,
                               absl::Span<const std::string> values) {
  absl::StrAppend(&text_, ",\"", name, "\":[");
  for (size_t i = 0; i < values.size(); ++i) {
    absl::StrAppend(&text_, i == 0 ? "" : ",", "{\"", field,
                    "\":", JsonString(values[i]), "}");
  }
  text_ += "]";
  return *this;
}

JsonLog::JsonLog(int fd)
    : writer_(fd, [](uint64_t count) {
        return JsonLine("log_lines_lost", LogLevel::kError)
            .Add("count", static_cast<int64_t>(count))
            .ToString();
      }) {}

void JsonLog::Write(const JsonLine& line) const {
  writer_.Write(line.ToString());
}

void JsonLog::Flush(absl::Duration at_most) const { writer_.Flush(at_most); }

}  // namespace keyhold
