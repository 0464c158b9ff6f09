// The keyhold command line: finds the command, reads its options, runs it.
#ifndef KEYHOLD_CLI_COMMAND_LINE_H_
#define KEYHOLD_CLI_COMMAND_LINE_H_

#include <memory>
#include <vector>

#include "cli/command.h"
#include "cli/console.h"
#include "cli/exit_code.h"

namespace keyhold {

// Runs the one of `commands` that `args` name (without the program's own
// name), and writes its error, if any, to console.err: as text, or with
// --json as an object {"error": {"code", "reason", "message"}}.
ExitCode RunCommandLine(const std::vector<std::unique_ptr<Command>>& commands,
                        const std::vector<std::string>& args,
                        const Console& console);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_COMMAND_LINE_H_
