// The exit codes of the keyhold command, and which error has which.
#ifndef KEYHOLD_CLI_EXIT_CODE_H_
#define KEYHOLD_CLI_EXIT_CODE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// The table in docs/cli.md; scripts depend on the numbers.
enum class ExitCode {
  kOk = 0,
  kFailure = 1,
  kUsage = 2,
  kRefused = 3,
  kKeyNotFound = 4,
  kUnavailable = 5,
  kNoCommonScheme = 6,
};

// The same table as text, for --help.
absl::string_view ExitCodeTable();

// An error in the command line itself: exit code 2. `message` says what to
// write instead.
absl::Status UsageError(absl::string_view message);

// What the process exits with after `status`.
ExitCode ExitCodeOf(const absl::Status& status);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_EXIT_CODE_H_
