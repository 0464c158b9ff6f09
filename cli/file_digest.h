// The digest of a file of any size.
#ifndef KEYHOLD_CLI_FILE_DIGEST_H_
#define KEYHOLD_CLI_FILE_DIGEST_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/console.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

// The digest of the file at `path`, or of console.in for "-". `hash` is not
// kNone. FailedPrecondition if it cannot be read.
absl::StatusOr<std::string> FileDigest(absl::string_view path,
                                       HashAlgorithm hash,
                                       const Console& console);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_FILE_DIGEST_H_
