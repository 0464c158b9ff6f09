#include "tls_lib/remote/timer_queue.h"

#include <string>

#include "gtest/gtest.h"

namespace keyhold {
namespace {

absl::Time At(int seconds) {
  return absl::UnixEpoch() + absl::Seconds(seconds);
}

class TimerQueueTest : public testing::Test {
 protected:
  TimerQueue::Id Add(int seconds, char name) {
    return queue_.Add(At(seconds), [this, name] { ran_ += name; });
  }
  std::string RunDue(int seconds) {
    ran_.clear();
    for (auto& each : queue_.TakeDue(At(seconds))) std::move(each)();
    return ran_;
  }

  TimerQueue queue_;
  std::string ran_;
};

TEST_F(TimerQueueTest, GivesOutWhatIsDueInItsOrder) {
  Add(3, 'c');
  Add(1, 'a');
  Add(2, 'b');
  Add(1, 'A');
  EXPECT_EQ(queue_.next(), At(1));
  EXPECT_EQ(RunDue(0), "");
  EXPECT_EQ(RunDue(2), "aAb");
  EXPECT_EQ(queue_.next(), At(3));
  EXPECT_EQ(RunDue(9), "c");
  EXPECT_EQ(queue_.next(), absl::InfiniteFuture());
}

TEST_F(TimerQueueTest, WhatIsRemovedNeverRuns) {
  const TimerQueue::Id a = Add(1, 'a');
  Add(1, 'b');
  EXPECT_NE(queue_.Remove(a), nullptr);
  EXPECT_EQ(queue_.Remove(a), nullptr);
  EXPECT_EQ(queue_.Remove(TimerQueue::Id{}), nullptr);
  EXPECT_EQ(RunDue(1), "b");
}

}  // namespace
}  // namespace keyhold
