#include "signer_service/vault/key_file_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/vault/vault_test_input.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

TEST(KeyFileReaderTest, ReadsFromTheBeginningWhereverTheDescriptorStands) {
  UniqueFd fd = FileHolding("0123456789");
  ASSERT_EQ(lseek(fd.get(), 5, SEEK_SET), 5);
  absl::StatusOr<SecretBytes> bytes = ReadKeyFile(fd);
  ASSERT_THAT(bytes, IsOk());
  EXPECT_EQ(bytes->Reveal(), "0123456789");
}

TEST(KeyFileReaderTest, TakesFilesUpToTheLimit) {
  EXPECT_THAT(ReadKeyFile(FileHolding(std::string(kMaxKeyFileBytes, 'k'))),
              IsOk());
  EXPECT_THAT(ReadKeyFile(FileHolding(std::string(kMaxKeyFileBytes + 1, 'k'))),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       "too large for a private key: 65537 bytes, at most "
                       "65536"));
}

TEST(KeyFileReaderTest, RefusesEmptyFiles) {
  EXPECT_THAT(ReadKeyFile(FileHolding("")),
              StatusIs(absl::StatusCode::kInvalidArgument, "empty file"));
}

TEST(KeyFileReaderTest, RefusesWhatIsNoFile) {
  UniqueFd folder(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  EXPECT_THAT(ReadKeyFile(folder), StatusIs(absl::StatusCode::kInvalidArgument,
                                            "not a regular file"));
  EXPECT_THAT(ReadKeyFile(UniqueFd()),
              StatusIs(testing::_, HasSubstr("cannot be read")));
}

TEST(KeyFileReaderTest, RefusesADescriptorThatIsNotForReading) {
  UniqueFd fd = FileHolding("key");
  const std::string path = "/proc/self/fd/" + std::to_string(fd.get());
  UniqueFd write_only(open(path.c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_TRUE(write_only);
  EXPECT_THAT(ReadKeyFile(write_only),
              StatusIs(testing::_, HasSubstr("cannot be read")));
}

}  // namespace
}  // namespace keyhold
