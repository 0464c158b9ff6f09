#include "daemon/unix_socket_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>

#include "daemon/unix_peer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/test_folder.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

class UnixSocketFileTest : public testing::Test {
 protected:
  UniqueFd Connect() const {
    UniqueFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
    if (connect(fd.get(), reinterpret_cast<sockaddr*>(&address),
                sizeof(address)) != 0) {
      fd.Reset();
    }
    return fd;
  }

  const TestFolder folder_;
  const std::string path_ = folder_.PathOf("s.sock");
};

TEST_F(UnixSocketFileTest, ListensWithModeAndGroup) {
  UnixSocketFile::Access access;
  access.mode = 0640;
  access.group = getgid();
  auto file = UnixSocketFile::Listen(path_, access);
  ASSERT_THAT(file, IsOk());
  struct stat info;
  ASSERT_EQ(lstat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0640u);
  EXPECT_EQ(info.st_gid, getgid());
  EXPECT_TRUE(Connect());
}

TEST_F(UnixSocketFileTest, ThePeerIsWhoConnected) {
  auto file = UnixSocketFile::Listen(path_, {});
  ASSERT_THAT(file, IsOk());
  const UniqueFd listener = file->TakeSocket();
  const UniqueFd client = Connect();
  const UniqueFd accepted(accept(listener.get(), nullptr, nullptr));
  const auto peer = PeerOf(accepted.get());
  ASSERT_THAT(peer, IsOk());
  EXPECT_EQ(peer->uid, geteuid());
  EXPECT_EQ(peer->gid, getegid());
}

TEST_F(UnixSocketFileTest, ReplacesASocketThatNobodyAnswersAt) {
  { ASSERT_THAT(UnixSocketFile::Listen(path_, {}), IsOk()); }
  EXPECT_FALSE(Connect());
  auto again = UnixSocketFile::Listen(path_, {});
  ASSERT_THAT(again, IsOk());
  EXPECT_TRUE(Connect());
}

TEST_F(UnixSocketFileTest, LeavesAServiceThatAnswersAlone) {
  auto first = UnixSocketFile::Listen(path_, {});
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(UnixSocketFile::Listen(path_, {}).status(),
              StatusIs(absl::StatusCode::kAlreadyExists,
                       HasSubstr("another service answers there")));
  EXPECT_TRUE(Connect());
}

TEST_F(UnixSocketFileTest, LeavesOtherFilesAlone) {
  folder_.Write("s.sock", "text");
  EXPECT_THAT(
      UnixSocketFile::Listen(path_, {}).status(),
      StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("is not a socket")));
  EXPECT_TRUE(std::filesystem::exists(path_));
}

TEST_F(UnixSocketFileTest, RemovesOnlyItsOwnFile) {
  auto first = UnixSocketFile::Listen(path_, {});
  ASSERT_THAT(first, IsOk());
  std::filesystem::remove(path_);
  auto second = UnixSocketFile::Listen(path_, {});
  ASSERT_THAT(second, IsOk());
  first->Remove();
  EXPECT_TRUE(Connect());
  second->Remove();
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(UnixSocketFileTest, NoFolder) {
  EXPECT_THAT(
      UnixSocketFile::Listen(folder_.PathOf("none/s.sock"), {}).status(),
      StatusIs(absl::StatusCode::kNotFound, HasSubstr("cannot be bound")));
}

}  // namespace
}  // namespace keyhold
