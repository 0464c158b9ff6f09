// Reads a small text file.
#ifndef KEYHOLD_TLS_LIB_BASE_FILE_TEXT_H_
#define KEYHOLD_TLS_LIB_BASE_FILE_TEXT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// The whole text of the file at `path`: a configuration, certificates. Not
// for private keys (SecretBytes). NotFound, PermissionDenied,
// FailedPrecondition (a folder), InvalidArgument (more than 16 MiB), each
// with the path.
absl::StatusOr<std::string> ReadFileText(absl::string_view path);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_BASE_FILE_TEXT_H_
