#include "signer_service/front/request_limiter.h"

#include <atomic>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/retry_delay.h"

namespace keyhold {
namespace {

using ::testing::Optional;

const absl::Time kStart = absl::FromUnixSeconds(1'700'000'000);

RateLimit PerSecond(uint32_t rate, uint32_t burst) {
  RateLimit limit;
  limit.per_second = rate;
  limit.burst = burst;
  return limit;
}

RateLimit AtOnce(uint32_t concurrency) {
  RateLimit limit;
  limit.concurrency = concurrency;
  return limit;
}

// How many of `count` are let through at one moment.
int Passed(RequestLimiter& limiter, int count, absl::Time now,
           absl::string_view identity = "a", absl::string_view key = "k") {
  int passed = 0;
  for (int i = 0; i < count; ++i) {
    if (limiter.Take(identity, key, now).ok()) ++passed;
  }
  return passed;
}

TEST(RequestLimiterTest, WithoutLimitsEverythingPasses) {
  RequestLimiter limiter;
  EXPECT_EQ(Passed(limiter, 1000, kStart), 1000);
}

TEST(RequestLimiterTest, ABurstThenTheRate) {
  SignatureLimits limits;
  limits.identity = PerSecond(10, 5);
  RequestLimiter limiter(limits);
  EXPECT_EQ(Passed(limiter, 10, kStart), 5);
  EXPECT_EQ(Passed(limiter, 10, kStart + absl::Milliseconds(99)), 0);
  EXPECT_EQ(Passed(limiter, 10, kStart + absl::Milliseconds(100)), 1);
  EXPECT_EQ(Passed(limiter, 10, kStart + absl::Milliseconds(350)), 2);
  // It fills up to its size, no further.
  EXPECT_EQ(Passed(limiter, 10, kStart + absl::Seconds(60)), 5);
}

TEST(RequestLimiterTest, TheRefusalSaysWhichLimitAndWhenToTryAgain) {
  SignatureLimits limits;
  limits.identity = PerSecond(10, 1);
  RequestLimiter limiter(limits);
  EXPECT_EQ(Passed(limiter, 1, kStart), 1);
  const absl::Status status =
      limiter.Take("a", "k", kStart + absl::Milliseconds(30)).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kResourceExhausted,
                               "at most 10 signatures a second are made for "
                               "this caller; try again in 70ms"));
  EXPECT_EQ(GetReason(status), ErrorReason::kRateLimited);
  EXPECT_THAT(GetRetryDelay(status), Optional(absl::Milliseconds(70)));
  // Then there is room.
  EXPECT_EQ(Passed(limiter, 2, kStart + absl::Milliseconds(100)), 1);
}

TEST(RequestLimiterTest, IdentitiesAndKeysHaveEachTheirOwn) {
  SignatureLimits limits;
  limits.identity = PerSecond(1, 2);
  limits.key = PerSecond(1, 3);
  RequestLimiter limiter(limits);
  EXPECT_EQ(Passed(limiter, 5, kStart, "a", "k"), 2);
  // One is left of the key's.
  EXPECT_EQ(Passed(limiter, 5, kStart, "b", "k"), 1);
  EXPECT_THAT(limiter.Take("c", "k", kStart).status().message(),
              testing::HasSubstr("are made for key k"));
  // What was refused by the key has not been counted for the caller.
  EXPECT_EQ(Passed(limiter, 5, kStart, "b", "other"), 1);
}

TEST(RequestLimiterTest, TheTotalIsForAll) {
  SignatureLimits limits;
  limits.total = PerSecond(1, 3);
  RequestLimiter limiter(limits);
  EXPECT_EQ(Passed(limiter, 2, kStart, "a", "k"), 2);
  EXPECT_EQ(Passed(limiter, 2, kStart, "b", "l"), 1);
  EXPECT_THAT(limiter.Take("c", "m", kStart).status().message(),
              testing::HasSubstr("for all callers together"));
}

TEST(RequestLimiterTest, WhatIsUnderWayIsBounded) {
  SignatureLimits limits;
  limits.identity = AtOnce(2);
  RequestLimiter limiter(limits);
  absl::StatusOr<RequestLimiter::Permit> first = limiter.Take("a", "k", kStart);
  absl::StatusOr<RequestLimiter::Permit> second =
      limiter.Take("a", "k", kStart);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(limiter.Take("a", "k", kStart),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       "at most 2 signatures at once are made for this "
                       "caller; try again in 100ms"));
  EXPECT_THAT(limiter.Take("b", "k", kStart), IsOk());
  RequestLimiter::Permit moved = *std::move(first);
  EXPECT_THAT(limiter.Take("a", "k", kStart).ok(), false);
  moved.Release();
  moved.Release();
  EXPECT_THAT(limiter.Take("a", "k", kStart), IsOk());
}

TEST(RequestLimiterTest, NewLimitsCountForWhatComes) {
  RequestLimiter limiter;
  EXPECT_EQ(Passed(limiter, 5, kStart), 5);
  SignatureLimits limits;
  limits.identity = PerSecond(1, 1);
  limiter.SetLimits(limits);
  EXPECT_EQ(Passed(limiter, 5, kStart), 1);
  limiter.SetLimits({});
  EXPECT_EQ(Passed(limiter, 5, kStart), 5);
}

TEST(RequestLimiterTest, ManyNamesAreForgottenWhenIdle) {
  SignatureLimits limits;
  limits.identity = PerSecond(1, 1);
  RequestLimiter limiter(limits);
  EXPECT_EQ(Passed(limiter, 1, kStart, "busy"), 1);
  for (int i = 0; i < 5000; ++i) {
    EXPECT_EQ(Passed(limiter, 1, kStart, absl::StrCat("id", i)), 1);
  }
  // Nobody gets more by others' coming.
  EXPECT_EQ(Passed(limiter, 1, kStart, "busy"), 0);
  EXPECT_EQ(Passed(limiter, 1, kStart + absl::Seconds(2), "new"), 1);
}

TEST(RequestLimiterTest, ThreadsShareIt) {
  SignatureLimits limits;
  limits.identity = PerSecond(1, 1000);
  RequestLimiter limiter(limits);
  std::atomic<int> passed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] { passed += Passed(limiter, 400, kStart); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(passed, 1000);
}

}  // namespace
}  // namespace keyhold
