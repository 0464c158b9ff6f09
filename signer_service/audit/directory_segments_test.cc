#include "signer_service/audit/directory_segments.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/audit/testing/audit_test_log.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<uint32_t> NumbersIn(const std::string& path) {
  std::vector<uint32_t> numbers;
  const std::vector<SegmentName> names = *SegmentFolder::Open(path)->List();
  for (const SegmentName& name : names) {
    numbers.push_back(name.number);
  }
  return numbers;
}

TEST(DirectorySegmentsTest, MakesItsFolderForItsOwnerOnly) {
  const std::string path = NewAuditFolder() + "/log";
  ASSERT_THAT(DirectorySegments::Open(path, {}), IsOk());
  struct stat info;
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0700u);
  EXPECT_THAT(DirectorySegments::Open("/nowhere/at/all", {}),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("/nowhere/at/all: No such file")));
}

TEST(DirectorySegmentsTest, NumbersFilesAndReservesTheirRoom) {
  const std::string path = NewAuditFolder();
  const auto segments = TestSegments(path, {1 << 20, 0});
  EXPECT_THAT(*segments->Existing(), IsEmpty());
  for (int i = 0; i < 3; ++i) {
    ASSERT_THAT((*segments->Allocate())->Append("x"), IsOk());
  }
  EXPECT_THAT(NumbersIn(path), ElementsAre(1, 2, 3));
  struct stat info;
  ASSERT_EQ(stat((path + "/00000003.jsonl").c_str(), &info), 0);
  EXPECT_EQ(info.st_size, 1);
  EXPECT_GE(info.st_blocks * 512, 1 << 20);
  EXPECT_EQ(info.st_mode & 07777, 0640u);
}

TEST(DirectorySegmentsTest, GivesTheNewestTwoThatHoldAnything) {
  const std::string path = NewAuditFolder();
  for (int i = 1; i <= 3; ++i) WriteSegment(path, i, absl::StrCat("<", i, ">"));
  WriteSegment(path, 4, "");
  const auto segments = TestSegments(path);
  const auto existing = segments->Existing();
  ASSERT_THAT(existing, IsOk());
  ASSERT_EQ(existing->size(), 2u);
  char text[3];
  ASSERT_THAT((*existing)[0]->ReadAt(0, absl::MakeSpan(text)), IsOk());
  EXPECT_EQ(std::string(text, 3), "<2>");
  ASSERT_THAT((*existing)[1]->Append("more"), IsOk());
  EXPECT_EQ(SegmentText(path, 3), "<3>more");
  // That one was made ready by a process before this one.
  ASSERT_THAT(segments->Allocate(), IsOk());
  EXPECT_THAT(NumbersIn(path), ElementsAre(1, 2, 3, 4));
  // And this one is in use, though it is empty still.
  ASSERT_THAT(segments->Allocate(), IsOk());
  EXPECT_THAT(NumbersIn(path), ElementsAre(1, 2, 3, 4, 5));
}

TEST(DirectorySegmentsTest, OtherFilesAreNotTouched) {
  const std::string path = NewAuditFolder();
  for (const char* name : {"00000001.json", "1.jsonl", "0000000x.jsonl",
                           "00000000.jsonl", "notes"}) {
    ASSERT_EQ(close(creat(absl::StrCat(path, "/", name).c_str(), 0600)), 0);
  }
  ASSERT_EQ(symlink("/etc/passwd", (path + "/00000007.jsonl").c_str()), 0);
  EXPECT_THAT(NumbersIn(path), IsEmpty());
  EXPECT_THAT(SegmentFolder::Open(path)->OpenToRead(7),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST(DirectorySegmentsTest, RemovesTheOldestBeforeItTakesMoreThanItMay) {
  const std::string path = NewAuditFolder();
  const auto segments = TestSegments(path, {4096, 3 * 4096});
  for (int i = 0; i < 5; ++i) {
    ASSERT_THAT((*segments->Allocate())->Append("x"), IsOk());
  }
  EXPECT_THAT(NumbersIn(path), ElementsAre(3, 4, 5));
  EXPECT_THAT(DirectorySegments::Open(NewAuditFolder(), {4096, 8191}),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("at least twice segment_bytes, 8192")));
}

}  // namespace
}  // namespace keyhold
