#include "signer_service/supervisor/restart_delay.h"

#include "gtest/gtest.h"

namespace keyhold {
namespace {

class RestartDelayTest : public testing::Test {
 protected:
  // What to wait after a process that ran so long.
  absl::Duration AfterRunning(absl::Duration time) {
    delay_.Started(now_);
    now_ += time;
    return delay_.Ended(now_);
  }

  absl::Time now_ = absl::UnixEpoch();
  RestartDelay delay_;
};

TEST_F(RestartDelayTest, TheFirstEndIsNotWaitedFor) {
  EXPECT_EQ(AfterRunning(absl::Milliseconds(1)), absl::ZeroDuration());
}

TEST_F(RestartDelayTest, WhoKeepsEndingWaitsLongerEachTime) {
  AfterRunning(absl::Milliseconds(1));
  EXPECT_EQ(AfterRunning(absl::Milliseconds(1)), absl::Milliseconds(50));
  EXPECT_EQ(AfterRunning(absl::Milliseconds(1)), absl::Milliseconds(100));
  EXPECT_EQ(AfterRunning(absl::Milliseconds(1)), absl::Milliseconds(200));
  for (int i = 0; i < 10; ++i) AfterRunning(absl::Milliseconds(1));
  EXPECT_EQ(AfterRunning(absl::Milliseconds(1)), RestartDelay::kLongest);
}

TEST_F(RestartDelayTest, WhoRanForLongIsNotWaitedFor) {
  for (int i = 0; i < 10; ++i) AfterRunning(absl::Milliseconds(1));
  EXPECT_EQ(AfterRunning(RestartDelay::kSoon), absl::ZeroDuration());
  EXPECT_EQ(AfterRunning(absl::Milliseconds(1)), absl::Milliseconds(50));
}

}  // namespace
}  // namespace keyhold
