// Why something failed, for a program: what google.rpc.ErrorInfo carries on
// the wire, on an absl::Status.
#ifndef KEYHOLD_TLS_LIB_CORE_ERROR_REASON_H_
#define KEYHOLD_TLS_LIB_CORE_ERROR_REASON_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// The same list as keyhold.signer.v1.ErrorReason; docs/errors.md says what to
// do about each.
enum class ErrorReason {
  kNoClientIdentity,
  kUsageNotAllowed,
  kSchemeNotAllowed,
  kServerNameNotAllowed,
  kKeyFrozen,
  kIdentityFrozen,
  kLocalCallerNotAllowed,
  kKeyNotFound,
  kNoCommonScheme,
  kInvalidRequest,
  kSchemeDoesNotFitKey,
  kInputNotAccepted,
  kTooManyInFlight,
  kFrameTooLarge,
  kRateLimited,
  kDeadlinePassed,
  kDraining,
  kStarting,
  kKeyBackendAway,
  kAuditUnavailable,
  kSignatureCheckFailed,
  kCancelled,
  kSigningFailed,
};

// "NO_CLIENT_IDENTITY" …, as ErrorInfo.reason has it.
absl::string_view ErrorReasonName(ErrorReason reason);
// Null for a name that this version does not know.
std::optional<ErrorReason> ParseErrorReason(absl::string_view name);

// `status` with the reason attached as a payload. `status` is not OK.
absl::Status WithReason(absl::Status status, ErrorReason reason);
// Null if `status` carries none.
std::optional<ErrorReason> GetReason(const absl::Status& status);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_ERROR_REASON_H_
