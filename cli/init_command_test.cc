#include "cli/init_command.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/command_line.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

class InitCommandTest : public testing::Test {
 protected:
  InitCommandTest() {
    std::string name = absl::StrCat(testing::TempDir(), "/initXXXXXX");
    root_ = mkdtemp(name.data());
    dev_ = absl::StrCat(root_, "/dev");
  }
  ~InitCommandTest() override { fs::remove_all(root_); }

  ExitCode Run(std::vector<std::string> args) {
    args.insert(args.begin(), "init");
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(std::make_unique<InitCommand>());
    out_.str("");
    err_.str("");
    return RunCommandLine(commands, args, {in_, out_, err_});
  }

  std::string root_;
  std::string dev_;
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(InitCommandTest, MakesTheSetupAndSaysWhatIsNext) {
  EXPECT_EQ(Run({dev_}), ExitCode::kOk) << err_.str();
  EXPECT_THAT(out_.str(),
              AllOf(HasSubstr(absl::StrCat(
                        "0600  ", dev_, "/signer/keys/rsa.example.test.key")),
                    HasSubstr(absl::StrCat("0644  ", dev_, "/app/client.crt")),
                    HasSubstr(absl::StrCat("keyhold-signer --config ", dev_,
                                           "/signer/signer.yaml"))));
  EXPECT_TRUE(
      fs::exists(absl::StrCat(dev_, "/app/sites/ed25519.example.test.crt")));
}

TEST_F(InitCommandTest, SiteKeysAreOnTheSignersSideOnly) {
  ASSERT_EQ(Run({dev_}), ExitCode::kOk) << err_.str();
  std::vector<std::string> keys;
  for (const auto& entry :
       fs::recursive_directory_iterator(absl::StrCat(dev_, "/app"))) {
    if (absl::EndsWith(entry.path().string(), ".key")) {
      keys.push_back(entry.path().filename());
    }
  }
  EXPECT_THAT(keys, testing::ElementsAre("transport.key"));
  for (const char* folder : {"/signer", "/signer/keys", "/ca"}) {
    struct stat info;
    ASSERT_EQ(stat(absl::StrCat(dev_, folder).c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777, 0700u) << folder;
  }
}

TEST_F(InitCommandTest, ASecondRunNeedsForce) {
  ASSERT_EQ(Run({dev_, "--site", "a.test"}), ExitCode::kOk) << err_.str();
  EXPECT_EQ(Run({dev_, "--site", "b.test"}), ExitCode::kFailure);
  EXPECT_THAT(err_.str(), HasSubstr("--force"));
  EXPECT_TRUE(fs::exists(absl::StrCat(dev_, "/signer/keys/a.test.key")));
  EXPECT_EQ(Run({"--force", "--site", "b.test", dev_}), ExitCode::kOk);
  EXPECT_FALSE(fs::exists(absl::StrCat(dev_, "/signer/keys/a.test.key")));
  EXPECT_TRUE(fs::exists(absl::StrCat(dev_, "/signer/keys/b.test.key")));
}

TEST_F(InitCommandTest, JsonListsTheFiles) {
  EXPECT_EQ(Run({dev_, "--site", "a.test:ed25519", "--json"}), ExitCode::kOk);
  EXPECT_THAT(
      out_.str(),
      AllOf(HasSubstr(absl::StrCat("{\"folder\": \"", dev_, "\"")),
            HasSubstr("{\"path\": \"signer/keys/a.test.key\", \"mode\": "
                      "\"0600\", \"secret\": true}")));
}

TEST_F(InitCommandTest, WrongOptionsMakeNothing) {
  EXPECT_EQ(Run({dev_, "--site", "*.test"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("is no site name"));
  EXPECT_EQ(Run({dev_, "--listen", "signer:1"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("with an IP address"));
  EXPECT_EQ(Run({dev_, "--days", "99999"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("1 to 3650 days"));
  EXPECT_EQ(Run({dev_, "--days", "many"}), ExitCode::kUsage);
  EXPECT_FALSE(fs::exists(dev_));
}

}  // namespace
}  // namespace keyhold
