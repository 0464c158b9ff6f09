#include "tls_lib/agent/client/wait.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>
#include <thread>

#include "gtest/gtest.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold::agent {
namespace {

TEST(PollWaitTest, ReturnsWhenTheDescriptorIsReady) {
  UniqueFd event(eventfd(0, EFD_CLOEXEC));
  std::thread writer([&] {
    const uint64_t one = 1;
    EXPECT_EQ(write(event.get(), &one, sizeof(one)), sizeof(one));
  });
  PollWait().Await(event.get(), POLLIN,
                   SteadyClock::now() + std::chrono::hours(1));
  uint64_t value = 0;
  EXPECT_EQ(read(event.get(), &value, sizeof(value)), sizeof(value));
  writer.join();
}

TEST(PollWaitTest, ReturnsWhenItIsTime) {
  UniqueFd event(eventfd(0, EFD_CLOEXEC));
  for (const int fd : {event.get(), -1}) {
    const SteadyTime until = SteadyClock::now() + std::chrono::milliseconds(5);
    while (SteadyClock::now() < until) PollWait().Await(fd, POLLIN, until);
    PollWait().Await(fd, POLLIN, until - std::chrono::hours(1));
  }
}

}  // namespace
}  // namespace keyhold::agent
