#include "tls_lib/agent/event_loop.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

class FunctionHandler final : public EventHandler {
 public:
  explicit FunctionHandler(absl::AnyInvocable<void(uint32_t)> function)
      : function_(std::move(function)) {}
  void OnEvents(uint32_t events) override { function_(events); }

 private:
  absl::AnyInvocable<void(uint32_t)> function_;
};

std::shared_ptr<EventHandler> Handler(
    absl::AnyInvocable<void(uint32_t)> function) {
  return std::make_shared<FunctionHandler>(std::move(function));
}

class EventLoopTest : public testing::Test {
 protected:
  EventLoopTest() {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
    read_.Reset(ends[0]);
    write_.Reset(ends[1]);
  }

  // Runs `task` on the loop's thread and waits for it.
  void Run(absl::AnyInvocable<void()> task) {
    absl::Notification done;
    loop_->Post([&] {
      task();
      done.Notify();
    });
    done.WaitForNotification();
  }

  std::unique_ptr<EventLoop> loop_ = *EventLoop::Create();
  UniqueFd read_;
  UniqueFd write_;
};

TEST_F(EventLoopTest, ReportsWhatCanBeReadUntilRemoved) {
  loop_->Start([] {});
  absl::Notification readable;
  int times = 0;
  Run([&] {
    EXPECT_THAT(loop_->Add(read_.get(), EPOLLIN, Handler([&](uint32_t events) {
                             EXPECT_EQ(events, EPOLLIN);
                             ++times;
                             loop_->Remove(read_.get());
                             readable.Notify();
                           })),
                IsOk());
  });
  ASSERT_EQ(write(write_.get(), "x", 1), 1);
  readable.WaitForNotification();
  // The byte is there still, and nobody is told.
  Run([] {});
  EXPECT_EQ(times, 1);
}

TEST_F(EventLoopTest, ModifyChangesWhatIsReported) {
  loop_->Start([] {});
  absl::Notification writable;
  Run([&] {
    EXPECT_THAT(loop_->Add(write_.get(), 0, Handler([&](uint32_t events) {
                             EXPECT_EQ(events, EPOLLOUT);
                             loop_->Remove(write_.get());
                             writable.Notify();
                           })),
                IsOk());
  });
  Run([&] { EXPECT_FALSE(writable.HasBeenNotified()); });
  Run([&] { loop_->Modify(write_.get(), EPOLLOUT); });
  writable.WaitForNotification();
}

TEST_F(EventLoopTest, AnEventOfAWatchThatEndedGoesToNobody) {
  // Both are ready at once; the first removes the second, whose number a new
  // watch gets.
  const UniqueFd second(dup(read_.get()));
  ASSERT_EQ(write(write_.get(), "x", 1), 1);
  absl::Notification done;
  int old_calls = 0;
  int new_calls = 0;
  const auto swap = [&](int mine, int other) {
    return Handler([&, mine, other](uint32_t) {
      ++old_calls;
      loop_->Remove(mine);
      loop_->Remove(other);
      EXPECT_THAT(loop_->Add(other, 0, Handler([&](uint32_t) { ++new_calls; })),
                  IsOk());
      loop_->Post([&] { done.Notify(); });
    });
  };
  loop_->Post([&] {
    EXPECT_THAT(
        loop_->Add(read_.get(), EPOLLIN, swap(read_.get(), second.get())),
        IsOk());
    EXPECT_THAT(
        loop_->Add(second.get(), EPOLLIN, swap(second.get(), read_.get())),
        IsOk());
  });
  loop_->Start([] {});
  done.WaitForNotification();
  EXPECT_EQ(old_calls, 1);
  EXPECT_EQ(new_calls, 0);
}

TEST_F(EventLoopTest, TicksWhileToldTo) {
  absl::Notification ticked;
  loop_->Start([&] {
    loop_->SetTicking(false);
    ticked.Notify();
  });
  Run([&] { loop_->SetTicking(true); });
  ticked.WaitForNotification();
}

TEST_F(EventLoopTest, StopRunsWhatWasPostedAndNothingLater) {
  int ran = 0;
  loop_->Start([] {});
  loop_->Post([&] { ++ran; });
  loop_->Stop();
  EXPECT_EQ(ran, 1);
  loop_->Post([&] { ++ran; });
  EXPECT_EQ(ran, 1);
}

}  // namespace
}  // namespace keyhold
