#include "tls_lib/base/status_matchers.h"

#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using ::testing::DescribeMatcher;
using ::testing::Gt;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Pointee;
using ::testing::StringMatchResultListener;

TEST(IsOkTest, MatchesStatusAndStatusOr) {
  EXPECT_THAT(absl::OkStatus(), IsOk());
  EXPECT_THAT(absl::AbortedError("x"), Not(IsOk()));
  EXPECT_THAT(absl::StatusOr<int>(1), IsOk());
  EXPECT_THAT(absl::StatusOr<int>(absl::AbortedError("x")), Not(IsOk()));
}

TEST(IsOkAndHoldsTest, MatchesTheValue) {
  EXPECT_THAT(absl::StatusOr<int>(3), IsOkAndHolds(3));
  EXPECT_THAT(absl::StatusOr<int>(3), IsOkAndHolds(Gt(2)));
  EXPECT_THAT(absl::StatusOr<int>(3), Not(IsOkAndHolds(4)));
  EXPECT_THAT(absl::StatusOr<int>(absl::AbortedError("x")),
              Not(IsOkAndHolds(3)));
  EXPECT_THAT(absl::StatusOr<std::string>("abc"), IsOkAndHolds(HasSubstr("b")));
}

TEST(IsOkAndHoldsTest, MatchesMoveOnlyValues) {
  absl::StatusOr<std::unique_ptr<int>> result = std::make_unique<int>(3);
  EXPECT_THAT(result, IsOkAndHolds(Pointee(3)));
}

TEST(StatusIsTest, MatchesCodeAndMessage) {
  EXPECT_THAT(absl::AbortedError("why"), StatusIs(absl::StatusCode::kAborted));
  EXPECT_THAT(absl::AbortedError("why"),
              StatusIs(absl::StatusCode::kAborted, "why"));
  EXPECT_THAT(absl::AbortedError("why"),
              Not(StatusIs(absl::StatusCode::kAborted, "other")));
  EXPECT_THAT(absl::AbortedError("why"),
              Not(StatusIs(absl::StatusCode::kInternal, "why")));
  EXPECT_THAT(absl::StatusOr<int>(absl::AbortedError("why")),
              StatusIs(absl::StatusCode::kAborted, HasSubstr("wh")));
}

TEST(StatusMatchersTest, ExplainWhatIsWrong) {
  StringMatchResultListener listener;
  testing::Matcher<absl::Status> matcher = IsOk();
  EXPECT_FALSE(matcher.MatchAndExplain(absl::AbortedError("why"), &listener));
  EXPECT_EQ(listener.str(), "which is ABORTED: why");
  EXPECT_EQ(DescribeMatcher<absl::Status>(
                StatusIs(absl::StatusCode::kAborted, "why")),
            "has a status code that is equal to ABORTED and a message that is "
            "equal to \"why\"");
}

}  // namespace
}  // namespace keyhold
