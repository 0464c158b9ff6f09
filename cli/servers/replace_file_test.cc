#include "cli/servers/replace_file.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

class ReplaceFileTest : public ::testing::Test {
 protected:
  ReplaceFileTest() {
    std::string name = absl::StrCat(::testing::TempDir(), "/replaceXXXXXX");
    folder_ = mkdtemp(name.data());
    path_ = folder_ + "/file";
  }
  ~ReplaceFileTest() override { std::filesystem::remove_all(folder_); }

  static std::string Text(const std::string& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  static mode_t Mode(const std::string& path) {
    struct stat status = {};
    EXPECT_EQ(stat(path.c_str(), &status), 0);
    return status.st_mode & 07777;
  }

  std::string folder_;
  std::string path_;
};

TEST_F(ReplaceFileTest, ANewFileIsForAllToReadWhateverTheUmask) {
  const mode_t before = umask(0077);
  EXPECT_THAT(ReplaceFile(path_, "text"), IsOk());
  umask(before);
  EXPECT_EQ(Text(path_), "text");
  EXPECT_EQ(Mode(path_), 0644);
}

TEST_F(ReplaceFileTest, AnOldFileKeepsItsModeAndOwner) {
  std::ofstream(path_) << "old";
  ASSERT_EQ(chmod(path_.c_str(), 0640), 0);
  constexpr gid_t kGroup = 12345;
  const bool may_give_away = chown(path_.c_str(), geteuid(), kGroup) == 0;
  EXPECT_THAT(ReplaceFile(path_, "new"), IsOk());
  EXPECT_EQ(Text(path_), "new");
  EXPECT_EQ(Mode(path_), 0640);
  struct stat status = {};
  ASSERT_EQ(stat(path_.c_str(), &status), 0);
  if (may_give_away) {
    EXPECT_EQ(status.st_gid, kGroup);
  }
}

TEST_F(ReplaceFileTest, FollowsNoLinkThatLiesInItsWay) {
  const std::string elsewhere = folder_ + "/elsewhere";
  std::ofstream(elsewhere) << "mine";
  ASSERT_EQ(symlink(elsewhere.c_str(), (path_ + ".keyhold-new").c_str()), 0);
  EXPECT_THAT(ReplaceFile(path_, "text"), IsOk());
  EXPECT_EQ(Text(elsewhere), "mine");
  EXPECT_EQ(Text(path_), "text");
}

TEST_F(ReplaceFileTest, SaysWhatItCannotWrite) {
  EXPECT_THAT(ReplaceFile(folder_ + "/none/file", "text"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("none/file: No such file or directory")));
  ASSERT_TRUE(std::filesystem::create_directory(path_));
  EXPECT_THAT(ReplaceFile(path_, "text"),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("cannot write ")));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".keyhold-new"));
}

}  // namespace
}  // namespace keyhold
