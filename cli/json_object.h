// The JSON that --json prints.
#ifndef KEYHOLD_CLI_JSON_OBJECT_H_
#define KEYHOLD_CLI_JSON_OBJECT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace keyhold {

// An object whose members keep the order in which they were added (which
// google.protobuf.Struct does not). Text is UTF-8.
//
//   JsonObject().Add("id", "www").Add("bits", 256).ToText()
//
// Not thread-safe.
class JsonObject {
 public:
  JsonObject& Add(absl::string_view name, absl::string_view text);
  // Else a string literal would become a bool.
  JsonObject& Add(absl::string_view name, const char* text) {
    return Add(name, absl::string_view(text));
  }
  JsonObject& Add(absl::string_view name, int64_t number);
  JsonObject& Add(absl::string_view name, int number) {
    return Add(name, static_cast<int64_t>(number));
  }
  JsonObject& Add(absl::string_view name, bool value);
  JsonObject& Add(absl::string_view name, const JsonObject& object);
  JsonObject& Add(absl::string_view name,
                  const std::vector<std::string>& texts);
  JsonObject& Add(absl::string_view name,
                  const std::vector<JsonObject>& objects);

  // On one line, without a final line break.
  std::string ToText() const;

 private:
  JsonObject& AddRaw(absl::string_view name, absl::string_view json);

  std::string members_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_JSON_OBJECT_H_
