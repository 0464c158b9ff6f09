#include "cli/command_line.h"

#include <sstream>
#include <string>

#include "CLI/CLI.hpp"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Prints its argument, or fails with `status`.
class EchoCommand final : public Command {
 public:
  explicit EchoCommand(absl::string_view name,
                       absl::Status status = absl::OkStatus())
      : name_(name), status_(std::move(status)) {}
  absl::string_view name() const override { return name_; }
  absl::string_view summary() const override { return "Say it again"; }
  absl::string_view examples() const override { return "Examples:\n  echo x"; }
  void AddOptions(CLI::App& app) override {
    app.add_option("WORD", word_, "What to say")->required();
    app.add_flag("--json", json_, "Machine-readable");
  }
  absl::Status Run(const Console& console) override {
    console.out << name_ << ":" << word_ << "\n";
    return status_;
  }

 private:
  std::string name_;
  absl::Status status_;
  std::string word_;
};

class CommandLineTest : public testing::Test {
 protected:
  ExitCode Run(const std::vector<std::string>& args,
               absl::Status status = absl::OkStatus()) {
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(std::make_unique<EchoCommand>("say", status));
    commands.push_back(std::make_unique<EchoCommand>("words list"));
    commands.push_back(std::make_unique<EchoCommand>("words show"));
    out_.str("");
    err_.str("");
    return RunCommandLine(commands, args, {in_, out_, err_});
  }

  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(CommandLineTest, RunsTheCommandThatIsNamed) {
  EXPECT_EQ(Run({"say", "x"}), ExitCode::kOk);
  EXPECT_EQ(out_.str(), "say:x\n");
  EXPECT_EQ(Run({"words", "show", "y"}), ExitCode::kOk);
  EXPECT_EQ(out_.str(), "words show:y\n");
}

TEST_F(CommandLineTest, HelpListsCommandsAndExitCodes) {
  EXPECT_EQ(Run({"--help"}), ExitCode::kOk);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("say"), HasSubstr("words"),
                                HasSubstr("Exit codes:\n  0  done")));
}

TEST_F(CommandLineTest, HelpOfACommandShowsItsExamples) {
  EXPECT_EQ(Run({"words", "list", "--help"}), ExitCode::kOk);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("What to say"),
                                HasSubstr("Examples:\n  echo x")));
}

TEST_F(CommandLineTest, AWrongCommandLineExitsWith2) {
  for (const std::vector<std::string>& args :
       std::vector<std::vector<std::string>>{{},
                                             {"sing"},
                                             {"words"},
                                             {"say"},
                                             {"say", "x", "y"},
                                             {"say", "x", "--loud"}}) {
    EXPECT_EQ(Run(args), ExitCode::kUsage);
    EXPECT_EQ(out_.str(), "");
    EXPECT_THAT(err_.str(), HasSubstr("--help"));
  }
}

TEST_F(CommandLineTest, AnErrorNamesTheCommand) {
  EXPECT_EQ(Run({"say", "x"}, absl::UnavailableError("nobody is there")),
            ExitCode::kUnavailable);
  EXPECT_EQ(err_.str(), "keyhold say: nobody is there\n");
}

TEST_F(CommandLineTest, AnErrorIsJsonIfAskedFor) {
  EXPECT_EQ(
      Run({"say", "x", "--json"}, WithReason(absl::NotFoundError("no such key"),
                                             ErrorReason::kKeyNotFound)),
      ExitCode::kKeyNotFound);
  EXPECT_EQ(err_.str(),
            "{\"error\": {\"code\": \"NOT_FOUND\", \"reason\": "
            "\"KEY_NOT_FOUND\", \"message\": \"no such key\"}}\n");
}

TEST_F(CommandLineTest, VersionIsPrinted) {
  EXPECT_EQ(Run({"--version"}), ExitCode::kOk);
  EXPECT_THAT(out_.str(), HasSubstr("keyhold 0."));
}

}  // namespace
}  // namespace keyhold
