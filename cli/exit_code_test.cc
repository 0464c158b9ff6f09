#include "cli/exit_code.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

TEST(ExitCodeTest, EachStatusHasItsCode) {
  EXPECT_EQ(ExitCodeOf(absl::OkStatus()), ExitCode::kOk);
  EXPECT_EQ(ExitCodeOf(absl::InternalError("x")), ExitCode::kFailure);
  EXPECT_EQ(ExitCodeOf(absl::InvalidArgumentError("x")), ExitCode::kFailure);
  EXPECT_EQ(ExitCodeOf(absl::FailedPreconditionError("x")), ExitCode::kFailure);
  EXPECT_EQ(ExitCodeOf(UsageError("x")), ExitCode::kUsage);
  EXPECT_EQ(ExitCodeOf(absl::PermissionDeniedError("x")), ExitCode::kRefused);
  EXPECT_EQ(ExitCodeOf(absl::UnauthenticatedError("x")), ExitCode::kRefused);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("x")), ExitCode::kKeyNotFound);
  EXPECT_EQ(ExitCodeOf(absl::UnavailableError("x")), ExitCode::kUnavailable);
  EXPECT_EQ(ExitCodeOf(absl::DeadlineExceededError("x")),
            ExitCode::kUnavailable);
}

TEST(ExitCodeTest, NothingInCommonIsToldFromOtherPreconditions) {
  EXPECT_EQ(ExitCodeOf(WithReason(absl::FailedPreconditionError("x"),
                                  ErrorReason::kNoCommonScheme)),
            ExitCode::kNoCommonScheme);
}

TEST(ExitCodeTest, TheTableNamesEachCode) {
  for (int code = 0; code <= static_cast<int>(ExitCode::kNoCommonScheme);
       ++code) {
    EXPECT_TRUE(
        absl::StrContains(ExitCodeTable(), absl::StrCat("\n  ", code, "  ")))
        << code;
  }
}

}  // namespace
}  // namespace keyhold
