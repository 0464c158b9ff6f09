#include "signer_service/front/signing_pool.h"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using testing::ElementsAre;

class Queue final : public SigningQueue {
 public:
  explicit Queue(std::function<void()> turn)
      : Queue("nobody", std::move(turn)) {}
  Queue(std::string owner, std::function<void()> turn)
      : owner_(std::move(owner)), turn_(std::move(turn)) {}
  absl::string_view owner() const override { return owner_; }
  void TakeTurn() override { turn_(); }

 private:
  const std::string owner_;
  std::function<void()> turn_;
};

TEST(SigningPoolTest, QueuesTakeTurns) {
  SigningPool pool(1);
  absl::Notification blocked;
  absl::Notification go;
  absl::Notification done;
  std::vector<std::string> turns;  // of the pool's only thread
  std::shared_ptr<Queue> busy;
  int left = 2;
  busy = std::make_shared<Queue>([&] {
    if (--left > 0) pool.Schedule(busy);
    turns.push_back("busy");
  });
  pool.Schedule(std::make_shared<Queue>([&] {
    blocked.Notify();
    go.WaitForNotification();
  }));
  blocked.WaitForNotification();
  pool.Schedule(busy);
  pool.Schedule(std::make_shared<Queue>([&] { turns.push_back("late"); }));
  pool.Schedule(std::make_shared<Queue>([&] {
    turns.push_back("last");
    pool.Schedule(std::make_shared<Queue>([&] { done.Notify(); }));
  }));
  go.Notify();
  done.WaitForNotification();
  // A queue with much to do has one place in line like the others.
  EXPECT_THAT(turns, ElementsAre("busy", "late", "last", "busy"));
}

TEST(SigningPoolTest, OwnersTakeTurnsHoweverManyQueuesTheyHave) {
  SigningPool pool(1);
  absl::Notification blocked;
  absl::Notification go;
  absl::Notification done;
  std::vector<std::string> turns;  // of the pool's only thread
  pool.Schedule(std::make_shared<Queue>([&] {
    blocked.Notify();
    go.WaitForNotification();
  }));
  blocked.WaitForNotification();
  for (const std::string name : {"a1", "a2", "a3", "b1", "c1", "b2"}) {
    pool.Schedule(std::make_shared<Queue>(
        name.substr(0, 1), [&turns, name] { turns.push_back(name); }));
  }
  pool.Schedule(std::make_shared<Queue>("a", [&] { done.Notify(); }));
  go.Notify();
  done.WaitForNotification();
  EXPECT_THAT(turns, ElementsAre("a1", "b1", "c1", "a2", "b2", "a3"));
}

TEST(SigningPoolTest, ThreadsWorkAtTheSameTime) {
  SigningPool pool(2);
  absl::Notification first;
  absl::Notification second;
  absl::Notification done;
  pool.Schedule(std::make_shared<Queue>([&] {
    first.Notify();
    second.WaitForNotification();
    done.Notify();
  }));
  pool.Schedule(std::make_shared<Queue>([&] {
    first.WaitForNotification();
    second.Notify();
  }));
  done.WaitForNotification();
}

TEST(SigningPoolTest, DestructionWaitsForTurnsAndDropsTheRest) {
  absl::Notification started;
  absl::Notification go;
  bool finished = false;
  bool dropped_ran = false;
  auto pool = std::make_unique<SigningPool>(1);
  pool->Schedule(std::make_shared<Queue>([&] {
    started.Notify();
    go.WaitForNotification();
    finished = true;
  }));
  started.WaitForNotification();
  auto dropped = std::make_shared<Queue>([&] { dropped_ran = true; });
  std::weak_ptr<Queue> watch = dropped;
  pool->Schedule(std::move(dropped));
  std::thread destroyer([&] { pool.reset(); });
  // Once the destructor has dropped the line, the turn may end.
  while (!watch.expired()) std::this_thread::yield();
  go.Notify();
  destroyer.join();
  EXPECT_TRUE(finished);
  EXPECT_FALSE(dropped_ran);
}

}  // namespace
}  // namespace keyhold
