#include "signer_service/front/status_conversion.h"

#include <string>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "signer_service/front/testing/rpc_error.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

const char kVersion[] = "0123456789abcdef";
const char kVersionHex[] = "30313233343536373839616263646566";

TEST(StatusConversionTest, EveryReasonArrives) {
  for (int i = 0; i <= static_cast<int>(ErrorReason::kSigningFailed); ++i) {
    const auto reason = static_cast<ErrorReason>(i);
    const absl::Status status =
        WithReason(absl::PermissionDeniedError("no \xe2\x82\xac"), reason);
    const RpcError error = ReadError(ToGrpcStatus(status, kVersion));
    EXPECT_EQ(error.code, grpc::StatusCode::PERMISSION_DENIED);
    EXPECT_EQ(error.message, "no \xe2\x82\xac");
    EXPECT_EQ(error.domain, "keyhold");
    EXPECT_EQ(ParseErrorReason(error.reason), reason);
    EXPECT_EQ(error.policy_version, kVersionHex);
    EXPECT_FALSE(error.has_retry_info);
    EXPECT_EQ(ReadError(ToRpcStatus(status, kVersion)), error);
  }
}

TEST(StatusConversionTest, EveryCodeArrives) {
  for (int code = 1; code <= 16; ++code) {
    const absl::Status status(static_cast<absl::StatusCode>(code), "text");
    EXPECT_EQ(ToGrpcStatus(status, "").error_code(), code);
    EXPECT_EQ(ReadError(ToGrpcStatus(status, "")).reason, "");
    EXPECT_EQ(ReadError(ToGrpcStatus(status, "")).policy_version, "");
    EXPECT_EQ(ReadError(ToGrpcStatus(status, "")).domain, "keyhold");
  }
}

TEST(StatusConversionTest, OkIsOk) {
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus(), kVersion).ok());
  EXPECT_EQ(ToGrpcStatus(absl::OkStatus(), kVersion).error_details(), "");
}

TEST(StatusConversionTest, OnlyWhatPassesIsWorthRetrying) {
  const auto retries = [](ErrorReason reason) {
    return ReadError(ToGrpcStatus(
                         WithReason(absl::ResourceExhaustedError(""), reason),
                         kVersion))
        .has_retry_info;
  };
  EXPECT_TRUE(retries(ErrorReason::kTooManyInFlight));
  EXPECT_TRUE(retries(ErrorReason::kRateLimited));
  EXPECT_FALSE(retries(ErrorReason::kFrameTooLarge));
}

}  // namespace
}  // namespace keyhold
