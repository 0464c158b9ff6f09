#include "daemon/service_manager.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// An abstract datagram socket as service managers have it.
class ServiceManagerTest : public testing::Test {
 protected:
  void SetUp() override {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    // Autobind: a name of the kernel's choice.
    ASSERT_EQ(bind(manager_.get(), reinterpret_cast<sockaddr*>(&address),
                   sizeof(sa_family_t)),
              0);
    socklen_t size = sizeof(address);
    ASSERT_EQ(getsockname(manager_.get(), reinterpret_cast<sockaddr*>(&address),
                          &size),
              0);
    const std::string name(address.sun_path + 1,
                           size - offsetof(sockaddr_un, sun_path) - 1);
    setenv("NOTIFY_SOCKET", ("@" + name).c_str(), 1);
  }
  void TearDown() override {
    for (const char* name : {"NOTIFY_SOCKET", "LISTEN_PID", "LISTEN_FDS"}) {
      unsetenv(name);
    }
  }
  std::string Received() const {
    char buffer[1000];
    const ssize_t size =
        recv(manager_.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
    return size < 0 ? "" : std::string(buffer, static_cast<size_t>(size));
  }

  const UniqueFd manager_{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_F(ServiceManagerTest, IsTold) {
  EXPECT_THAT(NotifyServiceManager("READY=1\nSTATUS=serving"), IsOk());
  EXPECT_EQ(Received(), "READY=1\nSTATUS=serving");
  EXPECT_THAT(NotifyReloading(), IsOk());
  EXPECT_THAT(Received(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
}

TEST_F(ServiceManagerTest, WithoutOneNothingHappens) {
  unsetenv("NOTIFY_SOCKET");
  EXPECT_THAT(NotifyServiceManager("READY=1"), IsOk());
  EXPECT_EQ(Received(), "");
}

TEST_F(ServiceManagerTest, OneThatIsGoneIsAnError) {
  setenv("NOTIFY_SOCKET", "/nonexistent/notify", 1);
  EXPECT_THAT(NotifyServiceManager("READY=1").code(),
              absl::StatusCode::kNotFound);
  setenv("NOTIFY_SOCKET", std::string(200, 'x').c_str(), 1);
  EXPECT_THAT(NotifyServiceManager("READY=1"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("too long for a socket")));
}

TEST_F(ServiceManagerTest, NoSocketsAreHandedOver) {
  EXPECT_THAT(*TakeListeningUnixSockets(), IsEmpty());
  setenv("LISTEN_FDS", "1", 1);
  setenv("LISTEN_PID", "1", 1);
  EXPECT_THAT(*TakeListeningUnixSockets(), IsEmpty()) << "meant for another";
}

// In a child process, whose descriptor 3 is `type` and listens if told to.
// The exit code: 0 for one good socket, 1 for a refusal, 2 otherwise.
int TakeInChild(int type, bool listening) {
  const pid_t child = fork();
  if (child == 0) {
    const int fd = socket(AF_UNIX, type, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(sa_family_t));
    if (listening) listen(fd, 1);
    dup2(fd, 3);
    setenv("LISTEN_PID", absl::StrCat(getpid()).c_str(), 1);
    setenv("LISTEN_FDS", "1", 1);
    auto sockets = TakeListeningUnixSockets();
    if (!sockets.ok()) _exit(1);
    const bool good =
        sockets->size() == 1 && (fcntl(3, F_GETFL) & O_NONBLOCK) != 0 &&
        fcntl(3, F_GETFD) == FD_CLOEXEC && getenv("LISTEN_FDS") == nullptr;
    _exit(good ? 0 : 2);
  }
  int status = -1;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(ServiceManagerTest, TakesListeningSocketsAndNothingElse) {
  EXPECT_EQ(TakeInChild(SOCK_STREAM, true), 0);
  EXPECT_EQ(TakeInChild(SOCK_STREAM, false), 1);
  EXPECT_EQ(TakeInChild(SOCK_SEQPACKET, true), 1);
  EXPECT_EQ(TakeInChild(SOCK_DGRAM, false), 1);
}

}  // namespace
}  // namespace keyhold
