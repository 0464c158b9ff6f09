// Collects what is wrong with a configuration, so that the operator sees all
// of it at once.
#ifndef KEYHOLD_PROTO_YAML_FAULT_LIST_H_
#define KEYHOLD_PROTO_YAML_FAULT_LIST_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "proto/yaml/source_map.h"

namespace keyhold {

// Not thread-safe.
class FaultList {
 public:
  explicit FaultList(SourceMap places) : places_(std::move(places)) {}

  void Add(absl::string_view path, absl::string_view what) {
    faults_.push_back(places_.Describe(path, what));
  }
  // Whether the file has this field, even with its default value.
  bool IsGiven(absl::string_view path) const { return places_.Has(path); }
  const SourceMap& places() const { return places_; }

  // InvalidArgument with one line for each fault; OK if there are none.
  absl::Status ToStatus() const {
    if (faults_.empty()) return absl::OkStatus();
    return absl::InvalidArgumentError(absl::StrJoin(faults_, "\n"));
  }

 private:
  SourceMap places_;
  std::vector<std::string> faults_;
};

}  // namespace keyhold

#endif  // KEYHOLD_PROTO_YAML_FAULT_LIST_H_
