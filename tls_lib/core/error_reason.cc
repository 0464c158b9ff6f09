#include "tls_lib/core/error_reason.h"

#include <cassert>

#include "absl/strings/cord.h"

namespace keyhold {
namespace {

constexpr char kPayloadUrl[] = "keyhold/ErrorReason";

struct ReasonName {
  ErrorReason reason;
  absl::string_view name;
};

constexpr ReasonName kNames[] = {
    {ErrorReason::kNoClientIdentity, "NO_CLIENT_IDENTITY"},
    {ErrorReason::kUsageNotAllowed, "USAGE_NOT_ALLOWED"},
    {ErrorReason::kSchemeNotAllowed, "SCHEME_NOT_ALLOWED"},
    {ErrorReason::kServerNameNotAllowed, "SERVER_NAME_NOT_ALLOWED"},
    {ErrorReason::kKeyFrozen, "KEY_FROZEN"},
    {ErrorReason::kIdentityFrozen, "IDENTITY_FROZEN"},
    {ErrorReason::kLocalCallerNotAllowed, "LOCAL_CALLER_NOT_ALLOWED"},
    {ErrorReason::kKeyNotFound, "KEY_NOT_FOUND"},
    {ErrorReason::kNoCommonScheme, "NO_COMMON_SCHEME"},
    {ErrorReason::kInvalidRequest, "INVALID_REQUEST"},
    {ErrorReason::kSchemeDoesNotFitKey, "SCHEME_DOES_NOT_FIT_KEY"},
    {ErrorReason::kInputNotAccepted, "INPUT_NOT_ACCEPTED"},
    {ErrorReason::kTooManyInFlight, "TOO_MANY_IN_FLIGHT"},
    {ErrorReason::kFrameTooLarge, "FRAME_TOO_LARGE"},
    {ErrorReason::kRateLimited, "RATE_LIMITED"},
    {ErrorReason::kDeadlinePassed, "DEADLINE_PASSED"},
    {ErrorReason::kDraining, "DRAINING"},
    {ErrorReason::kStarting, "STARTING"},
    {ErrorReason::kKeyBackendAway, "KEY_BACKEND_AWAY"},
    {ErrorReason::kAuditUnavailable, "AUDIT_UNAVAILABLE"},
    {ErrorReason::kSignatureCheckFailed, "SIGNATURE_CHECK_FAILED"},
    {ErrorReason::kCancelled, "CANCELLED"},
    {ErrorReason::kSigningFailed, "SIGNING_FAILED"},
};

}  // namespace

absl::string_view ErrorReasonName(ErrorReason reason) {
  for (const ReasonName& entry : kNames) {
    if (entry.reason == reason) return entry.name;
  }
  return "UNKNOWN";
}

std::optional<ErrorReason> ParseErrorReason(absl::string_view name) {
  for (const ReasonName& entry : kNames) {
    if (entry.name == name) return entry.reason;
  }
  return std::nullopt;
}

absl::Status WithReason(absl::Status status, ErrorReason reason) {
  assert(!status.ok());
  status.SetPayload(kPayloadUrl, absl::Cord(ErrorReasonName(reason)));
  return status;
}

std::optional<ErrorReason> GetReason(const absl::Status& status) {
  absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  if (!payload) return std::nullopt;
  return ParseErrorReason(std::string(*payload));
}

}  // namespace keyhold
