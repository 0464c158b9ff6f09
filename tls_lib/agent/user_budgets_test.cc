#include "tls_lib/agent/user_budgets.h"

#include <memory>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

constexpr UserBudgets::Limits kLimits = {5, 3};

TEST(UserBudgetsTest, ConnectionsOfAUserAndInAll) {
  UserBudgets budgets;
  std::vector<std::unique_ptr<UserBudgets::Place>> places;
  for (int i = 0; i < 3; ++i) {
    auto place = budgets.Enter(33, kLimits);
    ASSERT_THAT(place, IsOk());
    places.push_back(*std::move(place));
  }
  const absl::Status fourth = budgets.Enter(33, kLimits).status();
  EXPECT_THAT(fourth, StatusIs(absl::StatusCode::kResourceExhausted,
                               HasSubstr("uid 33 has 3 connections")));
  EXPECT_EQ(GetReason(fourth), ErrorReason::kTooManyInFlight);
  for (int i = 0; i < 2; ++i) {
    auto place = budgets.Enter(34, kLimits);
    ASSERT_THAT(place, IsOk());
    places.push_back(*std::move(place));
  }
  EXPECT_THAT(budgets.Enter(35, kLimits).status(),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("limits.max_connections in agent.yaml")));
  EXPECT_EQ(budgets.connections(), 5);
  places.erase(places.begin());
  EXPECT_THAT(budgets.Enter(33, kLimits), IsOk());
}

TEST(UserBudgetsTest, ConnectionsOfAUserShareItsCounts) {
  UserBudgets budgets;
  const auto one = *budgets.Enter(33, kLimits);
  const auto two = *budgets.Enter(33, kLimits);
  const auto other = *budgets.Enter(34, kLimits);
  EXPECT_TRUE(one->user().TryTakeItem(2));
  EXPECT_TRUE(two->user().TryTakeItem(2));
  EXPECT_FALSE(one->user().TryTakeItem(2));
  EXPECT_TRUE(other->user().TryTakeItem(2));
  two->user().GiveItemBack();
  EXPECT_TRUE(one->user().TryTakeItem(2));
  EXPECT_TRUE(one->user().TryTakeBytes(60, 100));
  EXPECT_FALSE(two->user().TryTakeBytes(41, 100));
  EXPECT_EQ(two->user().bytes(), 60);
  EXPECT_TRUE(two->user().TryTakeBytes(40, 100));
}

}  // namespace
}  // namespace keyhold
