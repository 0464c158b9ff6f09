#include "tls_lib/remote/hedging_delay.h"

#include <optional>

#include "gtest/gtest.h"

namespace keyhold {
namespace {

class HedgingDelayTest : public testing::Test {
 protected:
  // `count` requests, each answered after so long.
  void Serve(size_t count, absl::Duration took) {
    for (size_t i = 0; i < count; ++i) {
      delay_.ForNextRequest();
      delay_.Answered(took);
    }
  }

  HedgingDelay delay_;
};

TEST_F(HedgingDelayTest, NoneBeforeEnoughIsKnown) {
  Serve(HedgingDelay::kMinSamples - 1, absl::Milliseconds(5));
  EXPECT_EQ(delay_.ForNextRequest(), std::nullopt);
  Serve(1, absl::Milliseconds(5));
  EXPECT_EQ(delay_.ForNextRequest(), absl::Milliseconds(5));
}

TEST_F(HedgingDelayTest, IsTheSlowestTwentieth) {
  for (int i = 0; i < 16; ++i) {
    Serve(18, absl::Milliseconds(2));
    Serve(2, absl::Milliseconds(50));
  }
  EXPECT_EQ(delay_.ForNextRequest(), absl::Milliseconds(50));
  Serve(HedgingDelay::kSamples, absl::Milliseconds(3));
  EXPECT_EQ(delay_.ForNextRequest(), absl::Milliseconds(3));
}

TEST_F(HedgingDelayTest, IsNeverShorterThanAMillisecond) {
  Serve(HedgingDelay::kMinSamples, absl::Microseconds(90));
  EXPECT_EQ(delay_.ForNextRequest(), absl::Milliseconds(1));
}

TEST_F(HedgingDelayTest, AtMostOneRequestInTenIsHedged) {
  Serve(1000, absl::Milliseconds(5));
  int hedged = 0;
  for (int i = 0; i < 1000; ++i) {
    if (!delay_.ForNextRequest().has_value()) continue;
    EXPECT_TRUE(delay_.TakeHedge());
    ++hedged;
  }
  EXPECT_LE(hedged, 111);
  EXPECT_GE(hedged, 95);
}

TEST_F(HedgingDelayTest, ManyThatAreSlowAtOnceAreNotAllHedged) {
  Serve(1000, absl::Milliseconds(5));
  for (int i = 0; i < 1000; ++i) delay_.ForNextRequest();
  int hedged = 0;
  for (int i = 0; i < 1000; ++i) hedged += delay_.TakeHedge() ? 1 : 0;
  EXPECT_GE(hedged, 9);
  EXPECT_LE(hedged, 10);
}

}  // namespace
}  // namespace keyhold
