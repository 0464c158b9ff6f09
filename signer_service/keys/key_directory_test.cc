#include "signer_service/keys/key_directory.h"

#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/keys/test_folder.h"
#include "signer_service/keys/without_capabilities.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Severity = KeyProblem::Severity;

class KeyDirectoryTest : public testing::Test {
 protected:
  KeyDirectory Open() { return *KeyDirectory::Open(folder_.path()); }

  KeyDirectory::Listing List() { return *Open().List(); }

  // "id|label|key file|certificate file" of each key.
  std::vector<std::string> Keys() {
    std::vector<std::string> keys;
    for (const ListedKey& key : List().keys) {
      keys.push_back(absl::StrCat(key.id, "|", key.label, "|", key.key_file,
                                  "|", key.certificate_file));
    }
    return keys;
  }

  absl::Status OpenStatus(absl::string_view name) {
    return Open().OpenFile(name).status();
  }

  TestFolder folder_;
};

TEST_F(KeyDirectoryTest, ListsKeysByIdAndLabelWithTheirCertificates) {
  for (const char* name : {"www@old.key", "www.key", "www.crt", "www@ec.key",
                           "www@ec.crt", "api-1.x_Y.key"}) {
    folder_.Write(name, "x");
  }
  EXPECT_THAT(
      Keys(),
      ElementsAre("api-1.x_Y||api-1.x_Y.key|", "www||www.key|www.crt",
                  "www|ec|www@ec.key|www@ec.crt", "www|old|www@old.key|"));
  EXPECT_THAT(List().problems, IsEmpty());
}

TEST_F(KeyDirectoryTest, IgnoresOtherEndings) {
  for (const char* name :
       {"README", "www.pem", "www.key.bak", "key", "x.KEY"}) {
    folder_.Write(name, "x");
  }
  folder_.MakeFolder("below");
  EXPECT_THAT(Keys(), IsEmpty());
  EXPECT_THAT(List().problems, IsEmpty());
}

TEST_F(KeyDirectoryTest, ReportsBadNames) {
  for (const char* name : {"a b.key", ".key", "@label.key", "name@.key",
                           "a@b@c.key", "p\xc3\xa4.crt", "x\ny.key"}) {
    folder_.Write(name, "x");
  }
  EXPECT_THAT(Keys(), IsEmpty());
  KeyDirectory::Listing listing = List();
  EXPECT_THAT(listing.problems, SizeIs(7));
  for (const KeyProblem& problem : listing.problems) {
    EXPECT_EQ(problem.severity, Severity::kError);
    EXPECT_THAT(problem.message,
                AllOf(StartsWith(problem.path), HasSubstr("letters, digits")));
    // One line, whatever the name holds.
    EXPECT_THAT(problem.message, Not(HasSubstr("\n")));
  }
}

TEST_F(KeyDirectoryTest, WarnsOfACertificateWithoutItsKey) {
  folder_.Write("www@ec.crt", "x");
  folder_.Write("www.key", "x");
  KeyDirectory::Listing listing = List();
  ASSERT_THAT(listing.problems, SizeIs(1));
  EXPECT_EQ(listing.problems[0].severity, Severity::kWarning);
  EXPECT_EQ(listing.problems[0].path, folder_.PathOf("www@ec.crt"));
  EXPECT_THAT(listing.problems[0].message,
              HasSubstr("there is no www@ec.key beside it"));
}

TEST_F(KeyDirectoryTest, ListsAnew) {
  KeyDirectory directory = Open();
  EXPECT_THAT(directory.List()->keys, IsEmpty());
  folder_.Write("www.key", "x");
  EXPECT_THAT(directory.List()->keys, SizeIs(1));
  EXPECT_THAT(directory.List()->keys, SizeIs(1));
}

TEST_F(KeyDirectoryTest, OpensFilesAndSaysWhoMayReadThem) {
  folder_.Write("a.key", "12345", 0600);
  folder_.Write("b.key", "1", 0640);
  folder_.Write("c.key", "1", 0644);
  absl::StatusOr<OpenedFile> file = Open().OpenFile("a.key");
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->bytes, 5u);
  EXPECT_FALSE(file->world_readable);
  char bytes[5];
  EXPECT_EQ(read(file->fd.get(), bytes, 5), 5);
  EXPECT_FALSE(Open().OpenFile("b.key")->world_readable);
  EXPECT_TRUE(Open().OpenFile("c.key")->world_readable);
}

TEST_F(KeyDirectoryTest, FollowsLinksWithinTheFolder) {
  folder_.MakeFolder("data");
  folder_.Write("data/www.key", "12345");
  folder_.Link("data", "..data");
  folder_.Link("..data/www.key", "www.key");
  absl::StatusOr<OpenedFile> file = Open().OpenFile("www.key");
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->bytes, 5u);
}

TEST_F(KeyDirectoryTest, RefusesLinksOutOfTheFolder) {
  TestFolder outside;
  outside.Write("www.key", "x");
  folder_.Link(outside.PathOf("www.key"), "absolute.key");
  const std::string sibling =
      outside.path().substr(outside.path().find_last_of('/') + 1);
  folder_.Link(absl::StrCat("../", sibling, "/www.key"), "relative.key");
  // Back in again is out in between.
  folder_.Write("here.key", "x");
  const std::string own =
      folder_.path().substr(folder_.path().find_last_of('/') + 1);
  folder_.Link(absl::StrCat("../", own, "/here.key"), "around.key");
  for (const char* name : {"absolute.key", "relative.key", "around.key"}) {
    EXPECT_THAT(OpenStatus(name),
                StatusIs(absl::StatusCode::kPermissionDenied,
                         AllOf(StartsWith(folder_.PathOf(name)),
                               HasSubstr("symbolic link that leads out"))));
  }
}

TEST_F(KeyDirectoryTest, RefusesWhatIsNoRegularFile) {
  folder_.MakeFolder("folder.key");
  ASSERT_EQ(mkfifo(folder_.PathOf("pipe.key").c_str(), 0600), 0);
  folder_.Link("loop.key", "loop.key");
  folder_.Link("nothing", "dangling.key");
  EXPECT_THAT(
      OpenStatus("folder.key"),
      StatusIs(absl::StatusCode::kInvalidArgument,
               absl::StrCat(folder_.PathOf("folder.key"), ": is a folder")));
  EXPECT_THAT(OpenStatus("pipe.key"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("is not a regular file")));
  EXPECT_THAT(OpenStatus("loop.key"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("too many symbolic links")));
  EXPECT_THAT(
      OpenStatus("dangling.key"),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("cannot be opened")));
}

TEST_F(KeyDirectoryTest, UnreadableFileIsPermissionDenied) {
  folder_.Write("www.key", "x", 0000);
  KeyDirectory directory = Open();
  WithoutCapabilities as_nobody_special;
  EXPECT_THAT(directory.OpenFile("www.key"),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       AllOf(StartsWith(folder_.PathOf("www.key")),
                             HasSubstr("cannot be opened"))));
}

TEST_F(KeyDirectoryTest, UnreadableFolderIsPermissionDenied) {
  folder_.MakeFolder("keys");
  ASSERT_EQ(chmod(folder_.PathOf("keys").c_str(), 0000), 0);
  WithoutCapabilities as_nobody_special;
  EXPECT_THAT(KeyDirectory::Open(folder_.PathOf("keys")),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("cannot be opened")));
}

TEST_F(KeyDirectoryTest, FolderItselfMustBeOne) {
  folder_.Write("file", "x");
  EXPECT_THAT(
      KeyDirectory::Open(folder_.PathOf("none")),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("cannot be opened")));
  EXPECT_THAT(KeyDirectory::Open(folder_.PathOf("file")),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("is not a folder")));
}

TEST_F(KeyDirectoryTest, ReadsCertificateFilesUpToALimit) {
  folder_.Write("www.crt", "certificate");
  folder_.Write("big.crt", std::string((1 << 20) + 1, 'c'));
  EXPECT_THAT(Open().ReadCertificateFile("www.crt"),
              IsOkAndHolds("certificate"));
  EXPECT_THAT(Open().ReadCertificateFile("big.crt"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("too large for a certificate chain")));
}

TEST_F(KeyDirectoryTest, KeyFileSizesLeavesOutWhatCannotBeOpened) {
  TestFolder other;
  folder_.Write("a.key", "123");
  folder_.MakeFolder("b.key");
  other.Write("c.key", "12345");
  other.Write("c.crt", "1234567");
  EXPECT_THAT(KeyFileSizes({folder_.path(), other.path()}),
              IsOkAndHolds(ElementsAre(3u, 5u)));
  EXPECT_THAT(KeyFileSizes({folder_.PathOf("none")}),
              StatusIs(absl::StatusCode::kNotFound));
}

}  // namespace
}  // namespace keyhold
