#include "cli/servers/setup_command.h"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "cli/command_line.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class SetupCommandTest : public ::testing::Test {
 protected:
  SetupCommandTest() {
    std::string name = absl::StrCat(::testing::TempDir(), "/setupXXXXXX");
    root_ = mkdtemp(name.data());
  }
  ~SetupCommandTest() override { std::filesystem::remove_all(root_); }

  ExitCode Run(std::vector<std::string> args) {
    args.insert(args.begin(), "setup");
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(std::make_unique<SetupCommand>());
    return RunCommandLine(commands, args, {in_, out_, err_});
  }

  std::string root_;
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(SetupCommandTest, PrintsFilesAndSteps) {
  EXPECT_EQ(Run({"nginx"}), ExitCode::kOk) << err_.str();
  EXPECT_THAT(
      out_.str(),
      AllOf(HasSubstr("--- /etc/systemd/system/nginx.service.d/keyhold.conf: "),
            HasSubstr("Environment=OPENSSL_CONF=/etc/keyhold/openssl.cnf\n"),
            HasSubstr("Left to do:\n1. keyhold key-file"),
            HasSubstr("keyhold doctor")));
  EXPECT_TRUE(std::filesystem::is_empty(root_));
}

TEST_F(SetupCommandTest, WritesBelowARoot) {
  EXPECT_EQ(Run({"nginx", "--write", "--root", root_}), ExitCode::kOk)
      << err_.str();
  EXPECT_TRUE(std::filesystem::exists(root_ + "/etc/keyhold/openssl.cnf"));
  EXPECT_THAT(out_.str(), HasSubstr("/etc/keyhold/openssl.cnf (loads"));
}

TEST_F(SetupCommandTest, AServerThatIsNotKnown) {
  EXPECT_EQ(Run({"iis"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("there is no setup for \"iis\""));
}

TEST_F(SetupCommandTest, RootAlone) {
  EXPECT_EQ(Run({"nginx", "--root", root_}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--root goes with --write"));
}

TEST_F(SetupCommandTest, AServerThatIsNotInstalled) {
  EXPECT_EQ(Run({"apache", "--write", "--root", root_}), ExitCode::kFailure);
  EXPECT_THAT(err_.str(), HasSubstr("Is the server installed?"));
}

}  // namespace
}  // namespace keyhold
