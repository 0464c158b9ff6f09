#include "tls_lib/provider/async_job_wait.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "gtest/gtest.h"
#include "openssl/async.h"

namespace keyhold::provider {
namespace {

using agent::SteadyClock;
using agent::SteadyTime;

SteadyTime Later() { return SteadyClock::now() + std::chrono::hours(1); }

void Signal(int fd) {
  const uint64_t one = 1;
  ASSERT_EQ(write(fd, &one, sizeof(one)), sizeof(one));
}

// A job that OpenSSL may pause, and its wait context.
class Job {
 public:
  explicit Job(std::function<void()> body) : body_(std::move(body)) {}
  ~Job() { ASYNC_WAIT_CTX_free(context_); }

  // ASYNC_PAUSE or ASYNC_FINISH.
  int Run() {
    std::function<void()>* body = &body_;
    int result = 0;
    return ASYNC_start_job(&job_, context_, &result, &Job::Call, &body,
                           sizeof(body));
  }
  void SetBody(std::function<void()> body) { body_ = std::move(body); }

  std::vector<OSSL_ASYNC_FD> Descriptors() const {
    size_t count = 0;
    ASYNC_WAIT_CTX_get_all_fds(context_, nullptr, &count);
    std::vector<OSSL_ASYNC_FD> fds(count);
    ASYNC_WAIT_CTX_get_all_fds(context_, fds.data(), &count);
    return fds;
  }

 private:
  static int Call(void* argument) {
    (**static_cast<std::function<void()>**>(argument))();
    return 1;
  }

  std::function<void()> body_;
  ASYNC_JOB* job_ = nullptr;
  ASYNC_WAIT_CTX* context_ = ASYNC_WAIT_CTX_new();
};

bool IsReady(int fd) {
  pollfd polled = {fd, POLLIN, 0};
  return poll(&polled, 1, 0) == 1;
}

class AsyncJobWaitTest : public testing::Test {
 protected:
  ~AsyncJobWaitTest() override { ASYNC_cleanup_thread(); }

  UniqueFd event_{eventfd(0, EFD_CLOEXEC)};
};

TEST_F(AsyncJobWaitTest, PausesUntilTheDescriptorIsReady) {
  Job job([&] {
    AsyncJobWait(ASYNC_get_current_job()).Await(event_.get(), POLLIN, Later());
  });
  ASSERT_EQ(job.Run(), ASYNC_PAUSE);
  ASSERT_EQ(job.Descriptors().size(), 1);
  const int watched = job.Descriptors()[0];
  EXPECT_FALSE(IsReady(watched));
  // Resumed in vain, it pauses again.
  EXPECT_EQ(job.Run(), ASYNC_PAUSE);
  Signal(event_.get());
  EXPECT_TRUE(IsReady(watched));
  EXPECT_EQ(job.Run(), ASYNC_FINISH);
  EXPECT_FALSE(IsReady(watched));
}

TEST_F(AsyncJobWaitTest, ItsTimeWakesIt) {
  Job job([&] {
    AsyncJobWait(ASYNC_get_current_job())
        .Await(event_.get(), POLLIN,
               SteadyClock::now() + std::chrono::milliseconds(5));
  });
  ASSERT_EQ(job.Run(), ASYNC_PAUSE);
  pollfd polled = {job.Descriptors()[0], POLLIN, 0};
  ASSERT_EQ(poll(&polled, 1, -1), 1);
  EXPECT_EQ(job.Run(), ASYNC_FINISH);
}

// HAProxy aborts at the end of a connection whose descriptor it was never told
// of, which happens when a job pauses.
TEST_F(AsyncJobWaitTest, PausesOnceForANewDescriptorThoughItIsReady) {
  Signal(event_.get());
  const auto body = [&] {
    AsyncJobWait(ASYNC_get_current_job()).Await(event_.get(), POLLIN, Later());
  };
  Job job(body);
  ASSERT_EQ(job.Run(), ASYNC_PAUSE);
  EXPECT_EQ(job.Descriptors().size(), 1);
  ASSERT_EQ(job.Run(), ASYNC_FINISH);
  // Known now: what is ready is not waited for.
  job.SetBody(body);
  EXPECT_EQ(job.Run(), ASYNC_FINISH);
}

TEST_F(AsyncJobWaitTest, AnnouncesNothingIfItHasToBlock) {
  rlimit limit;
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  Job job([&] {
    AsyncJobWait(ASYNC_get_current_job())
        .Await(-1, 0, SteadyClock::now() + std::chrono::milliseconds(5));
  });
  // None is left; then one, which is too few.
  for (const rlim_t spare : {0, 1}) {
    UniqueFd lowest(dup(0));
    const rlimit few = {static_cast<rlim_t>(lowest.get()) + spare,
                        limit.rlim_max};
    lowest.Reset();
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &few), 0);
    EXPECT_EQ(job.Run(), ASYNC_FINISH);
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
    EXPECT_EQ(job.Descriptors().size(), 0);
    job.SetBody([&] {
      AsyncJobWait(ASYNC_get_current_job())
          .Await(-1, 0, SteadyClock::now() + std::chrono::milliseconds(5));
    });
  }
}

TEST_F(AsyncJobWaitTest, TimeThatHasPassedIsNotWaitedFor) {
  Job job([&] {
    AsyncJobWait wait(ASYNC_get_current_job());
    wait.Await(event_.get(), POLLIN, SteadyClock::now());
    wait.Await(-1, 0, SteadyTime());
  });
  // For the new descriptor.
  ASSERT_EQ(job.Run(), ASYNC_PAUSE);
  EXPECT_EQ(job.Run(), ASYNC_FINISH);
}

TEST_F(AsyncJobWaitTest, OneDescriptorServesAllSignaturesOfAConnection) {
  const auto body = [&] {
    AsyncJobWait(ASYNC_get_current_job()).Await(event_.get(), POLLIN, Later());
    uint64_t value;
    EXPECT_EQ(read(event_.get(), &value, sizeof(value)), sizeof(value));
  };
  Job job(body);
  std::vector<OSSL_ASYNC_FD> first;
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(job.Run(), ASYNC_PAUSE);
    if (i == 0) first = job.Descriptors();
    EXPECT_EQ(job.Descriptors(), first);
    Signal(event_.get());
    ASSERT_EQ(job.Run(), ASYNC_FINISH);
    job.SetBody(body);
  }
}

TEST_F(AsyncJobWaitTest, LeavesNoDescriptorBehind) {
  const UniqueFd before(dup(0));
  const int lowest = before.get();
  for (int i = 0; i < 3; ++i) {
    Job job([&] {
      AsyncJobWait(ASYNC_get_current_job())
          .Await(-1, 0, SteadyClock::now() + std::chrono::milliseconds(1));
    });
    while (job.Run() == ASYNC_PAUSE) {
    }
  }
  const UniqueFd after(dup(0));
  EXPECT_EQ(after.get(), lowest + 1);
}

TEST_F(AsyncJobWaitTest, BlocksIfItMayNotPause) {
  Job job([&] {
    ASYNC_block_pause();
    AsyncJobWait(ASYNC_get_current_job())
        .Await(-1, 0, SteadyClock::now() + std::chrono::milliseconds(5));
    ASYNC_unblock_pause();
  });
  EXPECT_EQ(job.Run(), ASYNC_FINISH);
}

TEST_F(AsyncJobWaitTest, BlocksIfItsHostSpins) {
  Job job([&] {
    AsyncJobWait(ASYNC_get_current_job())
        .Await(-1, 0, SteadyClock::now() + std::chrono::seconds(1));
  });
  int resumptions = 0;
  while (job.Run() == ASYNC_PAUSE) ++resumptions;
  EXPECT_LE(resumptions, 100);
}

}  // namespace
}  // namespace keyhold::provider
