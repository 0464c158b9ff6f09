#include "tls_lib/core/error_reason.h"

#include <set>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::Optional;

constexpr int kReasons = static_cast<int>(ErrorReason::kSigningFailed) + 1;

TEST(ErrorReasonTest, EachHasANameOfItsOwnThatParses) {
  std::set<std::string> names;
  for (int i = 0; i < kReasons; ++i) {
    const auto reason = static_cast<ErrorReason>(i);
    const absl::string_view name = ErrorReasonName(reason);
    EXPECT_NE(name, "UNKNOWN") << i;
    EXPECT_TRUE(names.insert(std::string(name)).second) << name;
    EXPECT_THAT(ParseErrorReason(name), Optional(reason));
  }
}

TEST(ErrorReasonTest, NamesAreThoseOnTheWire) {
  EXPECT_EQ(ErrorReasonName(ErrorReason::kNoCommonScheme), "NO_COMMON_SCHEME");
  EXPECT_EQ(ErrorReasonName(ErrorReason::kNoClientIdentity),
            "NO_CLIENT_IDENTITY");
}

TEST(ErrorReasonTest, UnknownNames) {
  EXPECT_EQ(ParseErrorReason("SOMETHING_NEWER"), std::nullopt);
  EXPECT_EQ(ParseErrorReason(""), std::nullopt);
  EXPECT_EQ(ParseErrorReason("no_common_scheme"), std::nullopt);
}

TEST(ErrorReasonTest, TravelsOnAStatus) {
  const absl::Status status =
      WithReason(absl::NotFoundError("no such key"), ErrorReason::kKeyNotFound);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound, "no such key"));
  EXPECT_THAT(GetReason(status), Optional(ErrorReason::kKeyNotFound));
}

TEST(ErrorReasonTest, TheLaterReasonReplacesTheEarlier) {
  const absl::Status status =
      WithReason(WithReason(absl::NotFoundError(""), ErrorReason::kKeyNotFound),
                 ErrorReason::kDraining);
  EXPECT_THAT(GetReason(status), Optional(ErrorReason::kDraining));
}

TEST(ErrorReasonTest, StatusWithoutOne) {
  EXPECT_EQ(GetReason(absl::NotFoundError("")), std::nullopt);
  EXPECT_EQ(GetReason(absl::OkStatus()), std::nullopt);
}

}  // namespace
}  // namespace keyhold
