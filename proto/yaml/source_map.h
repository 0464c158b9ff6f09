// Remembers where in a file each field of a configuration stands, so that
// whoever finds a fault later can still say file, line and column.
#ifndef KEYHOLD_PROTO_YAML_SOURCE_MAP_H_
#define KEYHOLD_PROTO_YAML_SOURCE_MAP_H_

#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// Fields are named by their path from the top of the file:
// "policy.rules[2].identities[0]". The empty path is the file as a whole.
//
// Not thread-safe for writing; any number of threads may read.
class SourceMap {
 public:
  explicit SourceMap(absl::string_view file) : file_(file) {}

  // `line` and `column` count from 1.
  void Add(absl::string_view path, int line, int column);

  // "signer.yaml:12:5: policy.rules[2].keys: " and `what`. A field that is
  // not in the file is placed where the nearest field around it stands.
  std::string Describe(absl::string_view path, absl::string_view what) const;

  // Whether the file has this field.
  bool Has(absl::string_view path) const { return positions_.contains(path); }
  const std::string& file() const { return file_; }

 private:
  struct Position {
    int line;
    int column;
  };

  std::string file_;
  absl::flat_hash_map<std::string, Position> positions_;
};

}  // namespace keyhold

#endif  // KEYHOLD_PROTO_YAML_SOURCE_MAP_H_
