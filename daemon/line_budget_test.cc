#include "daemon/line_budget.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using testing::Eq;
using testing::Optional;

const absl::Time kStart = absl::FromUnixSeconds(1000);

TEST(LineBudgetTest, ABurstThenOneEachIntervalWithTheNumberLeftOut) {
  LineBudget budget;
  for (int i = 0; i < LineBudget::kBurst; ++i) {
    EXPECT_THAT(budget.Take(kStart), Optional(Eq(0u)));
  }
  EXPECT_EQ(budget.Take(kStart), std::nullopt);
  EXPECT_EQ(budget.Take(kStart), std::nullopt);
  const absl::Time later = kStart + LineBudget::kInterval;
  EXPECT_THAT(budget.Take(later), Optional(Eq(2u)));
  EXPECT_EQ(budget.Take(later), std::nullopt);
  EXPECT_THAT(budget.Take(later + LineBudget::kInterval), Optional(Eq(1u)));
}

TEST(LineBudgetTest, AQuietTimeRefillsIt) {
  LineBudget budget;
  while (budget.Take(kStart).has_value()) {
  }
  const absl::Time later = kStart + absl::Hours(1);
  for (int i = 0; i < LineBudget::kBurst; ++i) {
    EXPECT_TRUE(budget.Take(later).has_value());
  }
  EXPECT_EQ(budget.Take(later), std::nullopt);
}

TEST(LineBudgetTest, AClockThatIsSetBackDelaysForOneInterval) {
  LineBudget budget;
  while (budget.Take(kStart).has_value()) {
  }
  EXPECT_EQ(budget.Take(kStart - absl::Hours(1)), std::nullopt);
  EXPECT_TRUE(
      budget.Take(kStart - absl::Hours(1) + LineBudget::kInterval).has_value());
}

}  // namespace
}  // namespace keyhold
