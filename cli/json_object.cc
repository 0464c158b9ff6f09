#include "cli/json_object.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"

namespace keyhold {
namespace {

// RFC 8259 §7.
std::string Quote(absl::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      absl::StrAppend(&quoted, "\\", absl::string_view(&c, 1));
    } else if (c == '\n') {
      absl::StrAppend(&quoted, "\\n");
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&quoted, "\\u%04x", c);
    } else {
      quoted.push_back(c);
    }
  }
  return absl::StrCat(quoted, "\"");
}

}  // namespace

JsonObject& JsonObject::AddRaw(absl::string_view name, absl::string_view json) {
  absl::StrAppend(&members_, members_.empty() ? "" : ", ", Quote(name), ": ",
                  json);
  return *this;
}

JsonObject& JsonObject::Add(absl::string_view name, absl::string_view text) {
  return AddRaw(name, Quote(text));
}

JsonObject& JsonObject::Add(absl::string_view name, int64_t number) {
  return AddRaw(name, absl::StrCat(number));
}

JsonObject& JsonObject::Add(absl::string_view name, bool value) {
  return AddRaw(name, value ? "true" : "false");
}

JsonObject& JsonObject::Add(absl::string_view name, const JsonObject& object) {
  return AddRaw(name, object.ToText());
}

JsonObject& JsonObject::Add(absl::string_view name,
                            const std::vector<std::string>& texts) {
  const auto quote = [](std::string* out, const std::string& text) {
    absl::StrAppend(out, Quote(text));
  };
  return AddRaw(name,
                absl::StrCat("[", absl::StrJoin(texts, ", ", quote), "]"));
}

JsonObject& JsonObject::Add(absl::string_view name,
                            const std::vector<JsonObject>& objects) {
  const auto write = [](std::string* out, const JsonObject& object) {
    absl::StrAppend(out, object.ToText());
  };
  return AddRaw(name,
                absl::StrCat("[", absl::StrJoin(objects, ", ", write), "]"));
}

std::string JsonObject::ToText() const {
  return absl::StrCat("{", members_, "}");
}

}  // namespace keyhold
