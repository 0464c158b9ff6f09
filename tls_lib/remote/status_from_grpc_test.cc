#include "tls_lib/remote/status_from_grpc.h"

#include "gmock/gmock.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using ::testing::Optional;

TEST(StatusFromGrpcTest, TakesCodeAndMessageFromTheCallAndDetailsFromInside) {
  google::rpc::Status details;
  details.set_code(13);
  details.set_message("ignored");
  google::rpc::ErrorInfo info;
  info.set_domain("keyhold");
  info.set_reason("KEY_NOT_FOUND");
  details.add_details()->PackFrom(info);
  const absl::Status status =
      StatusFromGrpc(grpc::Status(grpc::StatusCode::NOT_FOUND, "no such key",
                                  details.SerializeAsString()),
                     "signer s:1: Sign");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kNotFound,
                               "signer s:1: Sign: no such key"));
  EXPECT_THAT(GetReason(status), Optional(ErrorReason::kKeyNotFound));
}

TEST(StatusFromGrpcTest, DetailsThatDoNotParseAreIgnored) {
  EXPECT_THAT(
      StatusFromGrpc(
          grpc::Status(grpc::StatusCode::UNAVAILABLE, "away", "\xff\xff\xff"),
          "signer s:1: Sign"),
      StatusIs(absl::StatusCode::kUnavailable, "signer s:1: Sign: away"));
}

TEST(StatusFromGrpcTest, Ok) {
  EXPECT_THAT(StatusFromGrpc(grpc::Status::OK, "x"), IsOk());
}

}  // namespace
}  // namespace keyhold
