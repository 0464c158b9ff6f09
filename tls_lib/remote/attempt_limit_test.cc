#include "tls_lib/remote/attempt_limit.h"

#include "gtest/gtest.h"

namespace keyhold {
namespace {

TEST(AttemptLimit, AThirdIfThereIsSomewhereElse) {
  EXPECT_EQ(AttemptLimit(absl::Seconds(3), true), absl::Seconds(1));
}

TEST(AttemptLimit, AllOfItOtherwise) {
  EXPECT_EQ(AttemptLimit(absl::Seconds(3), false), absl::Seconds(3));
}

}  // namespace
}  // namespace keyhold
