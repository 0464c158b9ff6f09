#include "tls_lib/base/status_macros.h"

#include <memory>

#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

absl::Status RunSteps(const absl::Status& first, bool* went_on) {
  RETURN_IF_ERROR(first);
  *went_on = true;
  return absl::OkStatus();
}

TEST(ReturnIfErrorTest, ReturnsTheError) {
  bool went_on = false;
  EXPECT_THAT(RunSteps(absl::NotFoundError("gone"), &went_on),
              StatusIs(absl::StatusCode::kNotFound, "gone"));
  EXPECT_FALSE(went_on);
}

TEST(ReturnIfErrorTest, GoesOnIfOk) {
  bool went_on = false;
  EXPECT_THAT(RunSteps(absl::OkStatus(), &went_on), IsOk());
  EXPECT_TRUE(went_on);
}

absl::StatusOr<int> Sum(absl::StatusOr<std::unique_ptr<int>> a,
                        absl::StatusOr<int> b) {
  ASSIGN_OR_RETURN(std::unique_ptr<int> first, std::move(a));
  int second = 0;
  ASSIGN_OR_RETURN(second, b);
  return *first + second;
}

TEST(AssignOrReturnTest, AssignsTheValue) {
  EXPECT_THAT(Sum(std::make_unique<int>(1), 2), IsOkAndHolds(3));
}

TEST(AssignOrReturnTest, ReturnsTheError) {
  EXPECT_THAT(Sum(absl::NotFoundError("a"), 2),
              StatusIs(absl::StatusCode::kNotFound, "a"));
  EXPECT_THAT(Sum(std::make_unique<int>(1), absl::AbortedError("b")),
              StatusIs(absl::StatusCode::kAborted, "b"));
}

}  // namespace
}  // namespace keyhold
