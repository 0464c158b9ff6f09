#include "tls_lib/tls/unexpected_eof.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

TEST(UnexpectedEofTest, IsRecognised) {
  const absl::Status status = UnexpectedEofError();
  EXPECT_THAT(
      status,
      StatusIs(absl::StatusCode::kDataLoss,
               ::testing::HasSubstr("without the peer's close_notify")));
  EXPECT_TRUE(IsUnexpectedEof(status));
}

TEST(UnexpectedEofTest, OtherErrorsAreNot) {
  EXPECT_FALSE(IsUnexpectedEof(absl::OkStatus()));
  EXPECT_FALSE(IsUnexpectedEof(absl::DataLossError("of something else")));
  EXPECT_FALSE(IsUnexpectedEof(absl::UnavailableError("closed")));
}

}  // namespace
}  // namespace keyhold
