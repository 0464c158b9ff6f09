// Reads a file that an argument names.
#ifndef KEYHOLD_CLI_INPUT_FILE_H_
#define KEYHOLD_CLI_INPUT_FILE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/console.h"

namespace keyhold {

// The whole of the file at `path`, or of console.in for "-".
//
// FailedPrecondition: it cannot be read, or has more than `max_bytes` bytes.
absl::StatusOr<std::string> ReadInput(absl::string_view path, size_t max_bytes,
                                      const Console& console);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_INPUT_FILE_H_
