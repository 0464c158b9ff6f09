#include "tls_lib/base/unique_fd.h"

#include <fcntl.h>
#include <unistd.h>

#include <utility>

#include "gtest/gtest.h"

namespace keyhold {
namespace {

int Open() { return open("/dev/null", O_RDONLY | O_CLOEXEC); }
bool IsOpen(int fd) { return fcntl(fd, F_GETFD) != -1; }

TEST(UniqueFdTest, NoneByDefault) {
  UniqueFd none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none.get(), -1);
}

TEST(UniqueFdTest, ClosesWhenDestroyed) {
  const int fd = Open();
  {
    UniqueFd owner(fd);
    EXPECT_TRUE(owner);
    EXPECT_TRUE(IsOpen(fd));
  }
  EXPECT_FALSE(IsOpen(fd));
}

TEST(UniqueFdTest, MovesAndReleases) {
  const int fd = Open();
  UniqueFd from(fd);
  UniqueFd to(std::move(from));
  EXPECT_FALSE(from);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(to.get(), fd);
  const int replaced = Open();
  UniqueFd other(replaced);
  other = std::move(to);
  EXPECT_FALSE(IsOpen(replaced));
  EXPECT_EQ(other.release(), fd);
  EXPECT_TRUE(IsOpen(fd));
  other.Reset(fd);
  other.Reset();
  EXPECT_FALSE(IsOpen(fd));
}

}  // namespace
}  // namespace keyhold
