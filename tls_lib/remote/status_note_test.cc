#include "tls_lib/remote/status_note.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

TEST(WithNote, KeepsCodeReasonAndWords) {
  const absl::Status noted = WithNote(
      WithReason(absl::UnavailableError("away"), ErrorReason::kDraining),
      "try later");
  EXPECT_THAT(noted,
              StatusIs(absl::StatusCode::kUnavailable, "away; try later"));
  EXPECT_THAT(GetReason(noted), testing::Optional(ErrorReason::kDraining));
}

TEST(WithPrefix, KeepsCodeReasonAndWords) {
  const absl::Status prefixed = WithPrefix(
      WithReason(absl::UnavailableError("away"), ErrorReason::kDraining),
      "signer a:1");
  EXPECT_THAT(prefixed,
              StatusIs(absl::StatusCode::kUnavailable, "signer a:1: away"));
  EXPECT_THAT(GetReason(prefixed), testing::Optional(ErrorReason::kDraining));
}

}  // namespace
}  // namespace keyhold
