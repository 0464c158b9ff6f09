// Structured logs: one JSON object a line.
//
//   log.Write(JsonLine("ready").Add("keys", 3).Add("policy_version", hex));
//   {"time":"2026-01-02T03:04:05.678Z","level":"info","event":"ready",...}
//
// Whatever comes from outside is escaped, so that no text can end a line,
// forge a field or send control sequences to a terminal. Key bytes, signed
// bytes and signatures never get here.
#ifndef KEYHOLD_DAEMON_JSON_LOG_H_
#define KEYHOLD_DAEMON_JSON_LOG_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "daemon/log_writer.h"

namespace keyhold {

enum class LogLevel { kInfo, kWarning, kError };

// One event in the making. Fields keep their order; names are plain ASCII
// constants. Not thread-safe.
class JsonLine {
 public:
  explicit JsonLine(absl::string_view event, LogLevel level = LogLevel::kInfo);

  JsonLine& Add(absl::string_view name, absl::string_view value);
  JsonLine& Add(absl::string_view name, const char* value) {
    return Add(name, absl::string_view(value));
  }
  JsonLine& Add(absl::string_view name, int64_t value);
  JsonLine& Add(absl::string_view name, int value) {
    return Add(name, static_cast<int64_t>(value));
  }
  JsonLine& Add(absl::string_view name, size_t value) {
    return Add(name, static_cast<int64_t>(value));
  }
  JsonLine& AddList(absl::string_view name,
                    absl::Span<const std::string> values);
  // A list of objects with one field each: [{"address":"…"},…].
  JsonLine& AddObjects(absl::string_view name, absl::string_view field,
                       absl::Span<const std::string> values);

  // The object, on one line, without the line's end.
  std::string ToString() const { return text_ + "}"; }

 private:
  std::string text_;
};

// `text` as a JSON string, quotes included. Bytes that are not UTF-8 become
// U+FFFD; control characters and U+007F are escaped.
std::string JsonString(absl::string_view text);

// Thread-safe. Writing waits for nobody: see LogWriter for what happens while
// the reader of the log stalls. An event "log_lines_lost" with a `count`
// stands for what is lost.
class JsonLog {
 public:
  // Writes to `fd`, which must stay open.
  explicit JsonLog(int fd);

  void Write(const JsonLine& line) const;
  // See LogWriter.
  void Flush(absl::Duration at_most) const;

 private:
  mutable LogWriter writer_;
};

}  // namespace keyhold

#endif  // KEYHOLD_DAEMON_JSON_LOG_H_
