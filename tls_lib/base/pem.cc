#include "tls_lib/base/pem.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

using absl::string_view;

constexpr string_view kBegin = "-----BEGIN ";
constexpr string_view kEnd = "-----END ";
constexpr string_view kDashes = "-----";
constexpr size_t kMostLabelBytes = 64;

absl::Status UnterminatedError(string_view label) {
  return absl::InvalidArgumentError(
      absl::StrCat("the PEM block \"", label,
                   "\" has no matching END line; is the file "
                   "cut off?"));
}

absl::Status LabelError() {
  return absl::InvalidArgumentError(
      "a PEM BEGIN line does not end with five dashes");
}

}  // namespace

absl::StatusOr<std::optional<PemBlock>> PemReader::Next() {
  const size_t begin = rest_.find(kBegin);
  if (begin == string_view::npos) {
    rest_ = "";
    return std::nullopt;
  }
  rest_.remove_prefix(begin + kBegin.size());
  // The label is not taken from beyond its line, which might be secret.
  const size_t label_end =
      rest_.substr(0, kMostLabelBytes + kDashes.size()).find(kDashes);
  if (label_end == string_view::npos ||
      rest_.substr(0, label_end).find('\n') != string_view::npos) {
    return LabelError();
  }
  PemBlock block;
  block.label = rest_.substr(0, label_end);
  rest_.remove_prefix(label_end + kDashes.size());
  const size_t end = rest_.find(kEnd);
  if (end == string_view::npos) return UnterminatedError(block.label);
  block.body = rest_.substr(0, end);
  rest_.remove_prefix(end + kEnd.size());
  if (!absl::StartsWith(rest_, absl::StrCat(block.label, kDashes))) {
    return UnterminatedError(block.label);
  }
  rest_.remove_prefix(block.label.size() + kDashes.size());
  return block;
}

}  // namespace keyhold
