#include "proto/yaml/source_map.h"

#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

// "a.b[2]" is inside "a.b", which is inside "a", which is inside "".
absl::string_view Enclosing(absl::string_view path) {
  const size_t end = path.find_last_of(".[");
  return end == absl::string_view::npos ? "" : path.substr(0, end);
}

}  // namespace

void SourceMap::Add(absl::string_view path, int line, int column) {
  positions_.insert_or_assign(std::string(path), Position{line, column});
}

std::string SourceMap::Describe(absl::string_view path,
                                absl::string_view what) const {
  std::string place = file_;
  for (absl::string_view at = path;; at = Enclosing(at)) {
    const auto found = positions_.find(at);
    if (found != positions_.end()) {
      absl::StrAppend(&place, ":", found->second.line, ":",
                      found->second.column);
      break;
    }
    if (at.empty()) break;
  }
  absl::StrAppend(&place, ": ");
  if (!path.empty()) absl::StrAppend(&place, path, ": ");
  return absl::StrCat(place, what);
}

}  // namespace keyhold
