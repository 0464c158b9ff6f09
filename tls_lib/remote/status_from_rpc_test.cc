#include "tls_lib/remote/status_from_rpc.h"

#include <string>

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/remote/policy_version.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

constexpr char kWhat[] = "signer 10.0.0.1:7443: Sign";

google::rpc::Status Failure(int code, const std::string& message) {
  google::rpc::Status status;
  status.set_code(code);
  status.set_message(message);
  return status;
}

TEST(StatusFromRpcTest, CodeZeroIsOk) {
  EXPECT_THAT(StatusFromRpc({}, kWhat), IsOk());
}

TEST(StatusFromRpcTest, CodeMessageReasonAndPolicyVersion) {
  google::rpc::Status rpc = Failure(7, "scheme refused");
  google::rpc::ErrorInfo info;
  info.set_domain("keyhold");
  info.set_reason("SCHEME_NOT_ALLOWED");
  (*info.mutable_metadata())["policy_version"] = "00ff10";
  rpc.add_details()->PackFrom(info);

  const absl::Status status = StatusFromRpc(rpc, kWhat);
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kPermissionDenied,
                               "signer 10.0.0.1:7443: Sign: scheme refused"));
  EXPECT_THAT(GetReason(status), Optional(ErrorReason::kSchemeNotAllowed));
  EXPECT_EQ(PolicyVersionOf(status), std::string("\0\xff\x10", 3));
}

TEST(StatusFromRpcTest, ReasonsOfOtherDomainsAndUnknownOnesAreIgnored) {
  for (const char* domain : {"keyhold", "example.org"}) {
    google::rpc::Status rpc = Failure(7, "no");
    google::rpc::ErrorInfo info;
    info.set_domain(domain);
    info.set_reason(domain == std::string("keyhold") ? "FROM_THE_FUTURE"
                                                     : "KEY_NOT_FOUND");
    rpc.add_details()->PackFrom(info);
    const absl::Status status = StatusFromRpc(rpc, kWhat);
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
    EXPECT_EQ(GetReason(status), std::nullopt);
    EXPECT_EQ(PolicyVersionOf(status), "");
  }
}

TEST(StatusFromRpcTest, DataLossBecomesInternalWithItsReason) {
  google::rpc::Status rpc = Failure(15, "the signature failed its check");
  google::rpc::ErrorInfo info;
  info.set_domain("keyhold");
  info.set_reason("SIGNATURE_CHECK_FAILED");
  rpc.add_details()->PackFrom(info);
  const absl::Status status = StatusFromRpc(rpc, kWhat);
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(GetReason(status), Optional(ErrorReason::kSignatureCheckFailed));
}

TEST(StatusFromRpcTest, RetryInfoIsTold) {
  google::rpc::Status rpc = Failure(8, "rate limit");
  google::rpc::RetryInfo info;
  info.mutable_retry_delay()->set_nanos(20000000);
  rpc.add_details()->PackFrom(info);
  EXPECT_THAT(StatusFromRpc(rpc, kWhat),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("rate limit (may be tried again in 20ms)")));
}

TEST(StatusFromRpcTest, CodesThatGrpcDoesNotHave) {
  for (int code : {-1, 17, 1000}) {
    EXPECT_EQ(StatusFromRpc(Failure(code, "x"), kWhat).code(),
              absl::StatusCode::kUnknown);
  }
}

}  // namespace
}  // namespace keyhold
