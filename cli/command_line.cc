#include "cli/command_line.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/json_object.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

constexpr char kVersion[] = "keyhold 0.1.0";

constexpr char kDescription[] =
    "Keyhold keeps TLS private keys in a signer on another host. This command "
    "sets one\nup for development, and asks a running one for its keys and "
    "for signatures.";

void ReportError(const Command& command, const absl::Status& status,
                 const Console& console) {
  if (!command.json()) {
    console.err << "keyhold " << command.name() << ": " << status.message()
                << "\n";
    return;
  }
  const std::optional<ErrorReason> reason = GetReason(status);
  JsonObject error;
  error.Add("code", absl::StatusCodeToString(status.code()));
  if (reason.has_value()) error.Add("reason", ErrorReasonName(*reason));
  error.Add("message", status.message());
  console.err << JsonObject().Add("error", error).ToText() << "\n";
}

// The CLI11 application and which command each of its parts belongs to.
class Parser {
 public:
  explicit Parser(const std::vector<std::unique_ptr<Command>>& commands)
      : app_(kDescription, "keyhold") {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", kVersion);
    app_.footer(absl::StrCat("keyhold COMMAND --help shows examples.\n\n",
                             ExitCodeTable()));
    for (const std::unique_ptr<Command>& command : commands) Add(*command);
  }

  // What is left to do: a command, or nothing but to exit.
  struct Parsed {
    Command* command = nullptr;
    ExitCode exit_code = ExitCode::kOk;
  };
  Parsed Parse(std::vector<std::string> args, const Console& console) {
    // CLI11 takes a vector's arguments from its end.
    std::reverse(args.begin(), args.end());
    try {
      app_.parse(std::move(args));
    } catch (const CLI::ParseError& error) {
      const int code = app_.exit(error, console.out, console.err);
      return {nullptr, code == 0 ? ExitCode::kOk : ExitCode::kUsage};
    }
    for (const auto& [app, command] : commands_) {
      if (app->parsed()) return {command, ExitCode::kOk};
    }
    return {nullptr, ExitCode::kUsage};
  }

 private:
  void Add(Command& command) {
    const std::vector<std::string> words = absl::StrSplit(command.name(), ' ');
    CLI::App* parent = words.size() > 1 ? Group(words[0]) : &app_;
    CLI::App* app =
        parent->add_subcommand(words.back(), std::string(command.summary()));
    app->footer(std::string(command.examples()));
    command.AddOptions(*app);
    commands_.emplace_back(app, &command);
  }

  CLI::App* Group(const std::string& name) {
    CLI::App*& group = groups_[name];
    if (group == nullptr) {
      group = app_.add_subcommand(name, absl::StrCat("Commands on ", name));
      group->require_subcommand(1);
    }
    return group;
  }

  CLI::App app_;
  std::map<std::string, CLI::App*> groups_;
  std::vector<std::pair<CLI::App*, Command*>> commands_;
};

}  // namespace

ExitCode RunCommandLine(const std::vector<std::unique_ptr<Command>>& commands,
                        const std::vector<std::string>& args,
                        const Console& console) {
  Parser parser(commands);
  const Parser::Parsed parsed = parser.Parse(args, console);
  if (parsed.command == nullptr) return parsed.exit_code;
  const absl::Status status = parsed.command->Run(console);
  if (!status.ok()) ReportError(*parsed.command, status, console);
  return ExitCodeOf(status);
}

}  // namespace keyhold
