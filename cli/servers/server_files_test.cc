#include "cli/servers/server_files.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ServerFilesTest : public ::testing::Test {
 protected:
  ServerFilesTest() {
    std::string name = absl::StrCat(::testing::TempDir(), "/filesXXXXXX");
    root_ = mkdtemp(name.data());
  }
  ~ServerFilesTest() override { std::filesystem::remove_all(root_); }

  void Put(const std::string& path, const std::string& text) {
    std::filesystem::create_directories(
        std::filesystem::path(root_ + path).parent_path());
    std::ofstream(root_ + path) << text;
  }
  std::string Text(const std::string& path) const {
    std::ostringstream text;
    text << std::ifstream(root_ + path).rdbuf();
    return text.str();
  }

  std::string root_;
  const ServerFile own_{ServerFile::Kind::kOwnFile, "/etc/keyhold/a.cnf",
                        absl::StrCat(kOwnFileMark, "\nx = 1\n"), ""};
  const ServerFile line_{ServerFile::Kind::kLine, "/etc/server/envvars",
                         "export OPENSSL_CONF=/etc/a.cnf", ""};
};

TEST_F(ServerFilesTest, MakesFilesAndFolders) {
  EXPECT_THAT(WriteServerFiles({own_}, root_), IsOk());
  EXPECT_EQ(Text(own_.path), own_.text);
  struct stat status;
  ASSERT_EQ(stat((root_ + own_.path).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0644);
}

TEST_F(ServerFilesTest, ReplacesWhatItWrote) {
  Put(own_.path, absl::StrCat(kOwnFileMark, "\nx = 0\n"));
  EXPECT_THAT(WriteServerFiles({own_}, root_), IsOk());
  EXPECT_EQ(Text(own_.path), own_.text);
}

TEST_F(ServerFilesTest, LeavesStrangersFilesAlone) {
  Put(own_.path, "mine\n");
  Put(line_.path, "");
  EXPECT_THAT(WriteServerFiles({line_, own_}, root_),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       HasSubstr("/etc/keyhold/a.cnf is there")));
  EXPECT_EQ(Text(own_.path), "mine\n");
  EXPECT_THAT(Text(line_.path), IsEmpty());
}

TEST_F(ServerFilesTest, AddsALineOnce) {
  Put(line_.path, "# export OPENSSL_CONF=/old\nexport LANG=C");
  ASSERT_EQ(chmod((root_ + line_.path).c_str(), 0640), 0);
  EXPECT_THAT(WriteServerFiles({line_}, root_), IsOk());
  EXPECT_THAT(WriteServerFiles({line_}, root_), IsOk());
  EXPECT_EQ(Text(line_.path),
            "# export OPENSSL_CONF=/old\nexport LANG=C\n"
            "export OPENSSL_CONF=/etc/a.cnf\n");
  struct stat status;
  ASSERT_EQ(stat((root_ + line_.path).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640);
}

TEST_F(ServerFilesTest, DoesNotSetAVariableTwice) {
  Put(line_.path, "  export OPENSSL_CONF=/etc/other.cnf\n");
  EXPECT_THAT(WriteServerFiles({line_}, root_),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("sets OPENSSL_CONF already")));
}

TEST_F(ServerFilesTest, SaysThatAServerIsNotThere) {
  EXPECT_THAT(WriteServerFiles({line_}, root_),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("Is the server installed?")));
}

}  // namespace
}  // namespace keyhold
