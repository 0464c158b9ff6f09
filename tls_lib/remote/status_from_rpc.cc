#include "tls_lib/remote/status_from_rpc.h"

#include <optional>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/remote/policy_version.h"

namespace keyhold {
namespace {

constexpr char kDomain[] = "keyhold";
constexpr int kLastCode = static_cast<int>(absl::StatusCode::kUnauthenticated);

absl::StatusCode CodeFromRpc(int code) {
  if (code < 0 || code > kLastCode) return absl::StatusCode::kUnknown;
  const auto known = static_cast<absl::StatusCode>(code);
  return known == absl::StatusCode::kDataLoss ? absl::StatusCode::kInternal
                                              : known;
}

absl::Status Attach(absl::Status status, const google::rpc::ErrorInfo& info) {
  if (info.domain() != kDomain) return status;
  const std::optional<ErrorReason> reason = ParseErrorReason(info.reason());
  if (reason.has_value()) status = WithReason(std::move(status), *reason);
  const auto version = info.metadata().find(kPolicyVersionMetadataKey);
  if (version != info.metadata().end()) {
    status = WithPolicyVersion(std::move(status),
                               absl::HexStringToBytes(version->second));
  }
  return status;
}

std::string RetryAdvice(const google::rpc::RetryInfo& info) {
  const absl::Duration delay = absl::Seconds(info.retry_delay().seconds()) +
                               absl::Nanoseconds(info.retry_delay().nanos());
  return absl::StrCat(" (may be tried again in ", absl::FormatDuration(delay),
                      ")");
}

}  // namespace

absl::Status StatusFromRpc(const google::rpc::Status& status,
                           absl::string_view what) {
  if (status.code() == 0) return absl::OkStatus();
  google::rpc::ErrorInfo error_info;
  std::string advice;
  for (const google::protobuf::Any& detail : status.details()) {
    google::rpc::RetryInfo retry_info;
    if (detail.Is<google::rpc::ErrorInfo>()) {
      detail.UnpackTo(&error_info);
    } else if (detail.UnpackTo(&retry_info)) {
      advice = RetryAdvice(retry_info);
    }
  }
  return Attach(
      absl::Status(CodeFromRpc(status.code()),
                   absl::StrCat(what, ": ", status.message(), advice)),
      error_info);
}

}  // namespace keyhold
