// One command of the keyhold program.
#ifndef KEYHOLD_CLI_COMMAND_H_
#define KEYHOLD_CLI_COMMAND_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "cli/console.h"

namespace CLI {
class App;
}  // namespace CLI

namespace keyhold {

// Made once, used once: AddOptions, then Run after the command line has been
// read. Not thread-safe.
class Command {
 public:
  virtual ~Command() = default;

  // "init", or two words for a command of a group: "keys list".
  virtual absl::string_view name() const = 0;
  // One line, for the list of commands.
  virtual absl::string_view summary() const = 0;
  // What --help shows below the options: what happens, and example lines.
  virtual absl::string_view examples() const = 0;

  // Adds options that are bound to members of this object, which must
  // outlive `app`'s parsing.
  virtual void AddOptions(CLI::App& app) = 0;

  // Errors are written for the user; ExitCodeOf gives the exit code.
  virtual absl::Status Run(const Console& console) = 0;

  // Whether --json was given.
  bool json() const { return json_; }

 protected:
  bool json_ = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_COMMAND_H_
