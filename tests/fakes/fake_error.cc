#include "tests/fakes/fake_error.h"

#include <optional>
#include <string>

#include "absl/strings/escaping.h"
#include "google/rpc/error_details.pb.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {

absl::Status FakeKeyNotFound() {
  return WithReason(
      absl::NotFoundError("no such key, or none that the caller may know of"),
      ErrorReason::kKeyNotFound);
}

absl::Status FakeUsageNotAllowed() {
  return WithReason(
      absl::PermissionDeniedError("policy does not allow this usage"),
      ErrorReason::kUsageNotAllowed);
}

absl::Status FakeSchemeNotAllowed() {
  return WithReason(
      absl::PermissionDeniedError("policy does not allow this scheme"),
      ErrorReason::kSchemeNotAllowed);
}

absl::Status FakeServerNameNotAllowed() {
  return WithReason(
      absl::PermissionDeniedError("policy does not allow this server name"),
      ErrorReason::kServerNameNotAllowed);
}

absl::Status FakeNoCommonScheme() {
  return WithReason(
      absl::FailedPreconditionError("none of the offered schemes will do"),
      ErrorReason::kNoCommonScheme);
}

absl::Status FakeInvalidRequest(absl::string_view problem) {
  return WithReason(absl::InvalidArgumentError(problem),
                    ErrorReason::kInvalidRequest);
}

absl::Status FakeSchemeDoesNotFitKey() {
  return WithReason(absl::InvalidArgumentError(
                        "scheme: the key cannot make it for this input"),
                    ErrorReason::kSchemeDoesNotFitKey);
}

absl::Status FakeInputNotAccepted() {
  return WithReason(
      absl::InvalidArgumentError("input: this service does not build it"),
      ErrorReason::kInputNotAccepted);
}

absl::Status FakeTooManyInFlight() {
  return WithReason(absl::ResourceExhaustedError("too many items in flight"),
                    ErrorReason::kTooManyInFlight);
}

absl::Status FakeFrameTooLarge() {
  return WithReason(absl::ResourceExhaustedError("the frame is too large"),
                    ErrorReason::kFrameTooLarge);
}

absl::Status FakeDeadlinePassed() {
  return WithReason(
      absl::DeadlineExceededError("its time had passed before signing"),
      ErrorReason::kDeadlinePassed);
}

absl::Status FakeDraining() {
  return WithReason(absl::UnavailableError("the service is draining"),
                    ErrorReason::kDraining);
}

absl::Status FakeCancelled() {
  return WithReason(absl::CancelledError("cancelled by the caller"),
                    ErrorReason::kCancelled);
}

google::rpc::Status FakeRpcStatus(const absl::Status& status,
                                  absl::string_view policy_version) {
  google::rpc::Status rpc;
  rpc.set_code(static_cast<int>(status.code()));
  rpc.set_message(std::string(status.message()));
  const std::optional<ErrorReason> reason = GetReason(status);
  if (!reason.has_value()) return rpc;
  google::rpc::ErrorInfo info;
  info.set_domain("keyhold");
  info.set_reason(std::string(ErrorReasonName(*reason)));
  (*info.mutable_metadata())["policy_version"] =
      absl::BytesToHexString(policy_version);
  rpc.add_details()->PackFrom(info);
  return rpc;
}

}  // namespace keyhold
