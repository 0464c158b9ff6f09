// Finds the blocks of PEM text (RFC 7468).
#ifndef KEYHOLD_TLS_LIB_BASE_PEM_H_
#define KEYHOLD_TLS_LIB_BASE_PEM_H_

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace keyhold {

struct PemBlock {
  // "CERTIFICATE", "PRIVATE KEY" …
  absl::string_view label;
  // What stands between the two lines: base64 and white space, and in old
  // files header lines. Not decoded: it may be secret.
  absl::string_view body;
};

// Reads blocks in order; text between them is skipped, as RFC 7468 §2 allows.
// Copies nothing: the text must outlive the reader and what it returns.
class PemReader {
 public:
  explicit PemReader(absl::string_view text) : rest_(text) {}

  // The next block; null at the end. InvalidArgument if a block has no end,
  // or one with another label.
  absl::StatusOr<std::optional<PemBlock>> Next();

 private:
  absl::string_view rest_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_BASE_PEM_H_
