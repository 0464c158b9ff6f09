#include "signer_service/front/testing/rpc_error.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "google/rpc/error_details.pb.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

std::string CodeAndReason(const RpcError& error) {
  const std::string code =
      absl::StatusCodeToString(static_cast<absl::StatusCode>(error.code));
  return error.reason.empty() ? code : absl::StrCat(code, "/", error.reason);
}

}  // namespace

std::ostream& operator<<(std::ostream& os, const RpcError& error) {
  return os << CodeAndReason(error) << " [" << error.domain << " "
            << error.policy_version << (error.has_retry_info ? " retry" : "")
            << "] " << error.message;
}

RpcError ReadError(const google::rpc::Status& status) {
  RpcError error;
  error.code = status.code();
  error.message = status.message();
  for (const google::protobuf::Any& detail : status.details()) {
    google::rpc::ErrorInfo info;
    if (detail.UnpackTo(&info)) {
      error.domain = info.domain();
      error.reason = info.reason();
      const auto version = info.metadata().find("policy_version");
      if (version != info.metadata().end()) {
        error.policy_version = version->second;
      }
    }
    error.has_retry_info |= detail.Is<google::rpc::RetryInfo>();
  }
  return error;
}

RpcError ReadError(const grpc::Status& status) {
  google::rpc::Status details;
  if (status.error_details().empty()) {
    RpcError error;
    error.code = status.error_code();
    error.message = status.error_message();
    return error;
  }
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), status.error_code());
  EXPECT_EQ(details.message(), status.error_message());
  return ReadError(details);
}

std::string CodeAndReason(const grpc::Status& status) {
  return CodeAndReason(ReadError(status));
}

std::string CodeAndReason(const google::rpc::Status& status) {
  return CodeAndReason(ReadError(status));
}

}  // namespace keyhold
