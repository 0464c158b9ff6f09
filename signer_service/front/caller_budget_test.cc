#include "signer_service/front/caller_budget.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"

namespace keyhold {
namespace {

TEST(CallerBudgetTest, BytesEndAndComeBack) {
  CallerBudget budget;
  EXPECT_TRUE(budget.TakeBytes(CallerBudget::kMaxBytes - 10));
  EXPECT_FALSE(budget.TakeBytes(11));
  EXPECT_FALSE(budget.TakeBytes(SIZE_MAX));
  EXPECT_TRUE(budget.TakeBytes(10));
  budget.GiveBytes(11);
  EXPECT_TRUE(budget.TakeBytes(11));
}

TEST(CallerBudgetTest, StreamsEndAndComeBack) {
  CallerBudget budget;
  for (size_t i = 0; i < CallerBudget::kMaxStreams; ++i) {
    EXPECT_TRUE(budget.TakeStream());
  }
  EXPECT_FALSE(budget.TakeStream());
  budget.GiveStream();
  EXPECT_TRUE(budget.TakeStream());
}

TEST(HeldBytesTest, AreGivenBack) {
  const auto budget = std::make_shared<CallerBudget>();
  {
    HeldBytes all;
    EXPECT_TRUE(all.Take(budget, CallerBudget::kMaxBytes));
    HeldBytes more;
    EXPECT_FALSE(more.Take(budget, 1));
  }
  HeldBytes all;
  EXPECT_TRUE(all.Take(budget, CallerBudget::kMaxBytes));
}

TEST(CallerBudgetsTest, OneForEachCaller) {
  CallerBudgets budgets;
  const auto a = budgets.Find("a");
  EXPECT_EQ(budgets.Find("a"), a);
  EXPECT_NE(budgets.Find("b"), a);
  // Those of callers that are gone are not kept; those in use are.
  for (int i = 0; i < 1000; ++i) budgets.Find(std::to_string(i));
  EXPECT_EQ(budgets.Find("a"), a);
}

}  // namespace
}  // namespace keyhold
