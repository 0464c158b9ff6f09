#include "tls_lib/core/retry_delay.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using ::testing::Optional;

TEST(RetryDelayTest, ComesBackAndLeavesTheRestAlone) {
  const absl::Status plain = absl::ResourceExhaustedError("full");
  EXPECT_EQ(GetRetryDelay(plain), std::nullopt);
  const absl::Status status = WithRetryDelay(plain, absl::Milliseconds(20));
  EXPECT_THAT(GetRetryDelay(status), Optional(absl::Milliseconds(20)));
  EXPECT_EQ(status.code(), plain.code());
  EXPECT_EQ(status.message(), plain.message());
}

TEST(RetryDelayTest, IsAtLeastAMicrosecond) {
  const absl::Status plain = absl::ResourceExhaustedError("full");
  EXPECT_THAT(GetRetryDelay(WithRetryDelay(plain, absl::ZeroDuration())),
              Optional(absl::Microseconds(1)));
  EXPECT_THAT(GetRetryDelay(WithRetryDelay(plain, absl::Nanoseconds(1500))),
              Optional(absl::Microseconds(2)));
}

}  // namespace
}  // namespace keyhold
