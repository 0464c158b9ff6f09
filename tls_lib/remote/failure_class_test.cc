#include "tls_lib/remote/failure_class.h"

#include "gtest/gtest.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

TEST(FailureClass, AnotherTryMayHelpWhereTheServiceIsAway) {
  EXPECT_EQ(ClassOf(absl::UnavailableError("")), FailureClass::kTryAgain);
  EXPECT_EQ(ClassOf(absl::CancelledError("")), FailureClass::kTryAgain);
  const absl::Status draining =
      WithReason(absl::UnavailableError(""), ErrorReason::kDraining);
  EXPECT_EQ(ClassOf(draining), FailureClass::kTryAgain);
  EXPECT_TRUE(IsDraining(draining));
  EXPECT_FALSE(IsDraining(absl::UnavailableError("")));
}

TEST(FailureClass, AnotherSignerMayHelpWhereThisOneCannot) {
  EXPECT_EQ(ClassOf(WithReason(absl::InternalError(""),
                               ErrorReason::kSignatureCheckFailed)),
            FailureClass::kTryElsewhere);
  EXPECT_EQ(ClassOf(WithReason(absl::ResourceExhaustedError(""),
                               ErrorReason::kTooManyInFlight)),
            FailureClass::kTryElsewhere);
}

TEST(FailureClass, ConnectionsThatMayBeHadLater) {
  EXPECT_TRUE(IsPassing(absl::UnavailableError("")));
  EXPECT_TRUE(IsPassing(absl::ResourceExhaustedError("")));
  EXPECT_FALSE(IsPassing(absl::UnauthenticatedError("")));
  EXPECT_FALSE(IsPassing(absl::PermissionDeniedError("")));
}

TEST(FailureClass, ARefusalIsARefusal) {
  for (const absl::Status& refusal :
       {absl::PermissionDeniedError(""), absl::NotFoundError(""),
        absl::InvalidArgumentError(""), absl::InternalError(""),
        absl::DeadlineExceededError(""), absl::UnauthenticatedError(""),
        WithReason(absl::ResourceExhaustedError(""),
                   ErrorReason::kRateLimited)}) {
    EXPECT_EQ(ClassOf(refusal), FailureClass::kFinal);
  }
}

}  // namespace
}  // namespace keyhold
