#include "daemon/rpc_status.h"

#include <optional>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "google/rpc/error_details.pb.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/retry_delay.h"

namespace keyhold {
namespace {

constexpr char kDomain[] = "keyhold";
constexpr absl::Duration kDefaultRetryDelay = absl::Milliseconds(100);

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
    const absl::Duration delay =
        GetRetryDelay(status).value_or(kDefaultRetryDelay);
    retry.mutable_retry_delay()->set_seconds(absl::ToInt64Seconds(delay));
    retry.mutable_retry_delay()->set_nanos(static_cast<int32_t>(
        absl::ToInt64Nanoseconds(delay % absl::Seconds(1))));
    rpc.add_details()->PackFrom(retry);
  }
  return rpc;
}

}  // namespace keyhold
