#include "tls_lib/tls/internal/fiber.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tls_lib/tls/internal/fiber_stack.h"

namespace keyhold::tls_internal {
namespace {

TEST(Fiber, RunsToItsEndAtOnceIfItDoesNotPause) {
  Fiber fiber;
  int runs = 0;
  ASSERT_TRUE(fiber.Start([&] { ++runs; }));
  EXPECT_EQ(runs, 1);
  EXPECT_FALSE(fiber.paused());
}

TEST(Fiber, GoesOnWhereItPaused) {
  Fiber fiber;
  std::string trace;
  ASSERT_TRUE(fiber.Start([&] {
    trace += 'a';
    fiber.Pause();
    trace += 'b';
    fiber.Pause();
    trace += 'c';
  }));
  EXPECT_EQ(trace, "a");
  EXPECT_TRUE(fiber.paused());
  fiber.Resume();
  EXPECT_EQ(trace, "ab");
  fiber.Resume();
  EXPECT_EQ(trace, "abc");
  EXPECT_FALSE(fiber.paused());
}

TEST(Fiber, CanBeStartedAgain) {
  Fiber fiber;
  int runs = 0;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(fiber.Start([&] { ++runs; }));
  EXPECT_EQ(runs, 3);
}

TEST(Fiber, GoesOnOnAnotherThread) {
  Fiber fiber;
  auto kept = std::make_shared<int>(1);
  ASSERT_TRUE(fiber.Start([&fiber, kept] {
    const std::string local(100, 'x');
    fiber.Pause();
    *kept = static_cast<int>(local.size());
  }));
  std::thread([&fiber] { fiber.Resume(); }).join();
  EXPECT_EQ(*kept, 100);
  EXPECT_EQ(kept.use_count(), 1);
}

TEST(Fiber, ManyAtOnceAndNoStackStays) {
  constexpr int kFibers = 3000;
  std::vector<std::unique_ptr<Fiber>> fibers;
  int ended = 0;
  for (int i = 0; i < kFibers; ++i) {
    fibers.push_back(std::make_unique<Fiber>());
    Fiber& fiber = *fibers.back();
    ASSERT_TRUE(fiber.Start([&] {
      fiber.Pause();
      ++ended;
    }));
  }
  EXPECT_EQ(FiberStack::InUse(), kFibers);
  for (auto& fiber : fibers) fiber->Resume();
  EXPECT_EQ(ended, kFibers);
  EXPECT_EQ(FiberStack::InUse(), 0u);
  EXPECT_LE(FiberStack::Kept(), FiberStack::kSpare);
}

int Overflow(int depth) {
  volatile char page[4096];
  page[0] = static_cast<char>(depth);
  return depth == 1 << 20 ? 0 : Overflow(depth + 1) + page[0];
}

TEST(FiberDeathTest, AnOverflowEndsTheProcess) {
  testing::GTEST_FLAG(death_test_style) = "threadsafe";
  EXPECT_DEATH(
      {
        Fiber fiber;
        int result = 0;
        fiber.Start([&result] { result = Overflow(result); });
      },
      "");
}

}  // namespace
}  // namespace keyhold::tls_internal
