#include "cli/development/setup_folder.h"

#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;

DevelopmentSetup SetupOf(
    const std::vector<std::pair<std::string, std::string>>& files) {
  DevelopmentSetup setup;
  setup.directories = {{"signer", 0700}, {"app", 0755}};
  for (const auto& [path, text] : files) {
    setup.files.push_back({path, 0600, *SecretBytes::CopyOf(text)});
  }
  return setup;
}

class SetupFolderTest : public testing::Test {
 protected:
  SetupFolderTest() {
    std::string name = absl::StrCat(testing::TempDir(), "/setupXXXXXX");
    root_ = mkdtemp(name.data());
    path_ = absl::StrCat(root_, "/dev");
  }
  ~SetupFolderTest() override { fs::remove_all(root_); }

  std::string Read(const std::string& file) const {
    std::ifstream in(absl::StrCat(path_, "/", file));
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  int ModeOf(const std::string& file) const {
    struct stat info;
    EXPECT_EQ(stat(absl::StrCat(path_, "/", file).c_str(), &info), 0) << file;
    return info.st_mode & 0777;
  }
  absl::Status Write(const DevelopmentSetup& setup, bool replace) const {
    absl::StatusOr<SetupFolder> folder = SetupFolder::Open(path_, replace);
    return folder.ok() ? folder->Write(setup) : folder.status();
  }

  std::string root_;
  std::string path_;
};

TEST_F(SetupFolderTest, WritesFilesWithTheirModesWhateverTheUmask) {
  const mode_t earlier = umask(0077);
  EXPECT_THAT(Write(SetupOf({{"signer/a.key", "secret"}}), false), IsOk());
  umask(earlier);
  EXPECT_EQ(Read("signer/a.key"), "secret");
  EXPECT_EQ(ModeOf("signer/a.key"), 0600);
  EXPECT_EQ(ModeOf("signer"), 0700);
  EXPECT_EQ(ModeOf("app"), 0755);
}

TEST_F(SetupFolderTest, TakesAnEmptyFolder) {
  fs::create_directory(path_);
  EXPECT_THAT(Write(SetupOf({{"signer/a.key", "secret"}}), false), IsOk());
}

TEST_F(SetupFolderTest, LeavesAnEarlierRunAloneUnlessToldToReplaceIt) {
  ASSERT_THAT(Write(SetupOf({{"signer/a.key", "old"}}), false), IsOk());
  EXPECT_THAT(Write(SetupOf({{"signer/a.key", "new"}}), false),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       AllOf(HasSubstr(path_), HasSubstr("--force"))));
  EXPECT_EQ(Read("signer/a.key"), "old");
}

TEST_F(SetupFolderTest, ReplacesItsOwnFilesAndNoOthers) {
  ASSERT_THAT(
      Write(SetupOf({{"signer/a.key", "old"}, {"app/b", "old"}}), false),
      IsOk());
  std::ofstream(absl::StrCat(path_, "/signer/mine.key")) << "mine";
  EXPECT_THAT(Write(SetupOf({{"signer/a.key", "new"}}), true), IsOk());
  EXPECT_EQ(Read("signer/a.key"), "new");
  EXPECT_FALSE(fs::exists(absl::StrCat(path_, "/app/b")));
  EXPECT_EQ(Read("signer/mine.key"), "mine");
}

TEST_F(SetupFolderTest, RefusesAFolderThatItDidNotMake) {
  fs::create_directory(path_);
  std::ofstream(absl::StrCat(path_, "/precious")) << "mine";
  for (bool replace : {false, true}) {
    EXPECT_THAT(Write(SetupOf({{"signer/a.key", "new"}}), replace),
                StatusIs(absl::StatusCode::kFailedPrecondition,
                         HasSubstr("did not make what is in it")));
  }
  EXPECT_EQ(Read("precious"), "mine");
  EXPECT_FALSE(fs::exists(absl::StrCat(path_, "/signer")));
}

TEST_F(SetupFolderTest, RefusesAFile) {
  std::ofstream(path_.c_str()) << "mine";
  EXPECT_THAT(Write(SetupOf({}), false),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("is a file, not a folder")));
}

TEST_F(SetupFolderTest, AnEditedListRemovesNothingOutside) {
  ASSERT_THAT(Write(SetupOf({{"signer/a.key", "old"}}), false), IsOk());
  const std::string outside = absl::StrCat(root_, "/outside");
  std::ofstream(outside.c_str()) << "mine";
  std::ofstream(absl::StrCat(path_, "/.keyhold-init"))
      << "../outside\n"
      << outside << "\nsigner/../../outside\n";
  EXPECT_THAT(Write(SetupOf({{"signer/a.key", "new"}}), true), IsOk());
  EXPECT_TRUE(fs::exists(outside));
}

TEST_F(SetupFolderTest, RepairsAnInterruptedRun) {
  fs::create_directories(absl::StrCat(path_, "/signer"));
  std::ofstream(absl::StrCat(path_, "/.keyhold-init")) << "signer/a.key\n";
  std::ofstream(absl::StrCat(path_, "/signer/a.key.new")) << "half";
  EXPECT_THAT(Write(SetupOf({{"signer/a.key", "whole"}}), true), IsOk());
  EXPECT_EQ(Read("signer/a.key"), "whole");
  EXPECT_FALSE(fs::exists(absl::StrCat(path_, "/signer/a.key.new")));
}

TEST_F(SetupFolderTest, NamesTheFileThatCannotBeWritten) {
  fs::create_directories(absl::StrCat(path_, "/signer/a.key"));
  std::ofstream(absl::StrCat(path_, "/.keyhold-init")) << "signer/a.key\n";
  EXPECT_THAT(Write(SetupOf({{"signer/a.key", "new"}}), true),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("signer/a.key: Is a directory")));
}

}  // namespace
}  // namespace keyhold
