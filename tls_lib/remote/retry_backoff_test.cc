#include "tls_lib/remote/retry_backoff.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::Ge;
using ::testing::Le;

TEST(RetryBackoffTest, StartsShortGrowsAndStaysBounded) {
  RetryBackoff backoff;
  EXPECT_THAT(backoff.Next(),
              AllOf(Ge(absl::Milliseconds(8)), Le(absl::Milliseconds(12))));
  absl::Duration last;
  for (int i = 0; i < 20; ++i) last = backoff.Next();
  EXPECT_THAT(last,
              AllOf(Ge(absl::Milliseconds(160)), Le(absl::Milliseconds(240))));
}

}  // namespace
}  // namespace keyhold
