#include "tls_lib/core/one_shot.h"

#include <memory>
#include <thread>

#include "absl/synchronization/notification.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

TEST(OneShot, DeliversOnce) {
  int sum = 0;
  OneShot<int> once([&sum](int value) { sum += value; });
  once.Deliver(3);
  once.Deliver(4);
  EXPECT_EQ(sum, 3);
}

TEST(OneShot, DeliversNothingOnceCancelled) {
  int calls = 0;
  OneShot<int> once([&calls](int) { ++calls; });
  once.Cancel();
  once.Deliver(1);
  EXPECT_EQ(calls, 0);
}

TEST(OneShot, CancelDestroysTheCallback) {
  auto held = std::make_shared<int>(0);
  OneShot<int> once([held](int) {});
  once.Cancel();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(OneShot, MayBeCancelledInsideTheCallback) {
  OneShot<int>* self = nullptr;
  int calls = 0;
  OneShot<int> once([&](int) {
    self->Cancel();
    ++calls;
  });
  self = &once;
  once.Deliver(1);
  EXPECT_EQ(calls, 1);
}

TEST(OneShot, CancelWaitsForTheCallbackOnAnotherThread) {
  absl::Notification begun, go_on;
  bool ended = false;
  OneShot<int> once([&](int) {
    begun.Notify();
    go_on.WaitForNotification();
    ended = true;
  });
  std::thread deliverer([&once] { once.Deliver(1); });
  begun.WaitForNotification();
  std::thread releaser([&go_on] { go_on.Notify(); });
  once.Cancel();
  EXPECT_TRUE(ended);
  releaser.join();
  deliverer.join();
}

}  // namespace
}  // namespace keyhold
