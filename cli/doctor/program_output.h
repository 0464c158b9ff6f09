// What a program prints.
#ifndef KEYHOLD_CLI_DOCTOR_PROGRAM_OUTPUT_H_
#define KEYHOLD_CLI_DOCTOR_PROGRAM_OUTPUT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace keyhold {

struct ProgramOutput {
  // The exit code, or -N if signal N ended it.
  int exit_code = 0;
  // Standard output and standard error, together.
  std::string text;
};

// Runs `command` (found in $PATH) with this process's environment, in which
// `variables` are set, and standard input empty. NotFound: there is no such
// program. DeadlineExceeded: it had not ended `at_most` later, and was killed.
absl::StatusOr<ProgramOutput> RunProgram(
    const std::vector<std::string>& command,
    const std::vector<std::pair<std::string, std::string>>& variables,
    absl::Duration at_most);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_DOCTOR_PROGRAM_OUTPUT_H_
