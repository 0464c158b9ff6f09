#include "cli/servers/setup_command.h"

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/exit_code.h"
#include "cli/servers/server_files.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

void PrintFile(const ServerFile& file, const Console& console) {
  const bool line = file.kind == ServerFile::Kind::kLine;
  console.out << "--- " << file.path << (line ? ", a line more: " : ": ")
              << file.why << "\n"
              << file.text << (line ? "\n" : "") << "\n";
}

void PrintSteps(const ServerSetup& setup, const Console& console) {
  console.out << "Left to do:\n";
  int number = 0;
  for (const std::string& step : setup.steps) {
    console.out << ++number << ". " << step << "\n";
  }
  console.out << "Then `keyhold doctor` tells whether all of it works.\n";
}

}  // namespace

absl::string_view SetupCommand::summary() const {
  return "Print or write what a stock server needs for remote keys";
}

absl::string_view SetupCommand::examples() const {
  return R"(Made for Debian 12's packages; docs/servers has a page for each server.
Prints the files and what is left to do; with --write, puts the files in place.
A file that was not written here is never replaced.

Examples:
  keyhold setup nginx
  keyhold setup nginx --write
  keyhold setup postgresql --cluster 15/main --write)";
}

void SetupCommand::AddOptions(CLI::App& app) {
  options_.module = DefaultModulePath();
  app.add_option(
         "SERVER", server_,
         absl::StrCat("One of ", absl::StrJoin(ServersWithSetup(), ", ")))
      ->required();
  app.add_flag("--write", write_, "Put the files in place");
  app.add_option("--module", options_.module, "Where keyhold.so is")
      ->capture_default_str();
  app.add_option("--agent-socket", options_.agent_socket,
                 "Where keyhold-agent listens")
      ->capture_default_str();
  app.add_option("--cluster", options_.cluster, "PostgreSQL: VERSION/NAME")
      ->capture_default_str();
  app.add_option("--root", root_,
                 "With --write: a folder that is another system's root");
}

absl::Status SetupCommand::Run(const Console& console) {
  if (!root_.empty() && !write_) {
    return UsageError("--root goes with --write");
  }
  absl::StatusOr<ServerSetup> setup = MakeServerSetup(server_, options_);
  if (!setup.ok()) return UsageError(setup.status().message());
  if (!write_) {
    for (const ServerFile& file : setup->files) PrintFile(file, console);
  } else {
    RETURN_IF_ERROR(WriteServerFiles(setup->files, root_));
    for (const ServerFile& file : setup->files) {
      console.out << "written: " << root_ << file.path << " (" << file.why
                  << ")\n";
    }
  }
  PrintSteps(*setup, console);
  return absl::OkStatus();
}

}  // namespace keyhold
