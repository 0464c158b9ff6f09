#include "daemon/rpc_status.h"

#include <optional>
#include <string>

#include "absl/strings/escaping.h"
#include "google/rpc/error_details.pb.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

constexpr char kDomain[] = "keyhold";
constexpr int kRetryAfterNanos = 100'000'000;

// A queue drains and a rate recovers; a frame that is too large stays so.
bool IsWorthRetrying(const absl::Status& status) {
  const std::optional<ErrorReason> reason = GetReason(status);
  return status.code() == absl::StatusCode::kResourceExhausted &&
         (reason == ErrorReason::kTooManyInFlight ||
          reason == ErrorReason::kRateLimited);
}

}  // namespace

google::rpc::Status ToRpcStatus(const absl::Status& status,
                                absl::string_view policy_version) {
  google::rpc::Status rpc;
  rpc.set_code(static_cast<int>(status.code()));
  rpc.set_message(std::string(status.message()));

  google::rpc::ErrorInfo info;
  info.set_domain(kDomain);
  if (const std::optional<ErrorReason> reason = GetReason(status)) {
    info.set_reason(std::string(ErrorReasonName(*reason)));
  }
  if (!policy_version.empty()) {
    (*info.mutable_metadata())["policy_version"] =
        absl::BytesToHexString(policy_version);
  }
  rpc.add_details()->PackFrom(info);

  if (IsWorthRetrying(status)) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_nanos(kRetryAfterNanos);
    rpc.add_details()->PackFrom(retry);
  }
  return rpc;
}

}  // namespace keyhold
