#include "tls_lib/remote/timer.h"

#include <memory>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

TEST(Timer, Fires) {
  absl::Notification fired;
  auto timer = StartTimer(absl::Now() + absl::Milliseconds(1),
                          [&fired] { fired.Notify(); });
  fired.WaitForNotification();
}

TEST(Timer, FiresAtOnceForATimeThatHasPassed) {
  absl::Notification fired;
  auto timer = StartTimer(absl::InfinitePast(), [&fired] { fired.Notify(); });
  fired.WaitForNotification();
}

TEST(Timer, DestroyingItCancelsAndFreesTheCallback) {
  auto held = std::make_shared<int>(0);
  auto timer =
      StartTimer(absl::Now() + absl::Hours(1), [held] { FAIL() << *held; });
  timer.reset();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Timer, MayBeDestroyedInItsCallback) {
  absl::Notification ready, fired;
  std::unique_ptr<Pending> timer;
  timer = StartTimer(absl::InfinitePast(), [&] {
    ready.WaitForNotification();
    timer.reset();
    fired.Notify();
  });
  ready.Notify();
  fired.WaitForNotification();
}

}  // namespace
}  // namespace keyhold
