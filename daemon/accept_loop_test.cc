#include "daemon/accept_loop.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <utility>
#include <vector>

#include "absl/synchronization/blocking_counter.h"
#include "daemon/log_capture.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

sockaddr_in Loopback() {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

class AcceptLoopTest : public testing::Test {
 protected:
  void SetUp() override {
    UniqueFd listener(
        socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    address_ = Loopback();
    ASSERT_EQ(bind(listener.get(), Address(), sizeof(address_)), 0);
    ASSERT_EQ(listen(listener.get(), 16), 0);
    socklen_t size = sizeof(address_);
    ASSERT_EQ(getsockname(listener.get(), Address(), &size), 0);
    auto loop = AcceptLoop::Create(std::move(listener), "here:1", log_.log());
    ASSERT_THAT(loop, IsOk());
    loop_ = *std::move(loop);
    getrlimit(RLIMIT_NOFILE, &before_);
  }
  void TearDown() override { setrlimit(RLIMIT_NOFILE, &before_); }

  sockaddr* Address() { return reinterpret_cast<sockaddr*>(&address_); }
  UniqueFd Connect() {
    UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(connect(fd.get(), Address(), sizeof(address_)), 0);
    return fd;
  }
  // Takes every descriptor that there is.
  std::vector<UniqueFd> TakeAll() {
    struct rlimit low = before_;
    low.rlim_cur = 100;
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &low), 0);
    std::vector<UniqueFd> taken;
    while (true) {
      UniqueFd fd(dup(STDERR_FILENO));
      if (!fd) return taken;
      taken.push_back(std::move(fd));
    }
  }

  LogCapture log_;
  sockaddr_in address_;
  std::unique_ptr<AcceptLoop> loop_;
  struct rlimit before_ = {};
};

TEST_F(AcceptLoopTest, AcceptsAgainOnceThereAreDescriptors) {
  absl::BlockingCounter accepted(2);
  const UniqueFd first = Connect();
  const UniqueFd second = Connect();
  std::vector<UniqueFd> taken = TakeAll();
  loop_->Start([&](UniqueFd connection) {
    EXPECT_TRUE(connection);
    accepted.DecrementCount();
  });
  log_.WaitFor({"\"event\":\"accept_failed\"", "\"address\":\"here:1\"",
                "Too many open files"});
  taken.clear();
  accepted.Wait();
  loop_->Stop();
  EXPECT_EQ(log_.Lines("accept_failed").size(), 1u);
}

TEST_F(AcceptLoopTest, StopsWithoutConnections) {
  loop_->Start([](UniqueFd) { ADD_FAILURE(); });
  loop_->Stop();
}

}  // namespace
}  // namespace keyhold
