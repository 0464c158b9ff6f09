#include "tls_lib/remote/failure_class.h"

#include <optional>

#include "tls_lib/core/error_reason.h"

namespace keyhold {

FailureClass ClassOf(const absl::Status& failure) {
  if (absl::IsUnavailable(failure) || absl::IsCancelled(failure)) {
    return FailureClass::kTryAgain;
  }
  const std::optional<ErrorReason> reason = GetReason(failure);
  return reason == ErrorReason::kSignatureCheckFailed ||
                 reason == ErrorReason::kTooManyInFlight
             ? FailureClass::kTryElsewhere
             : FailureClass::kFinal;
}

bool IsPassing(const absl::Status& failure) {
  return absl::IsUnavailable(failure) || absl::IsCancelled(failure) ||
         absl::IsDeadlineExceeded(failure) ||
         absl::IsResourceExhausted(failure);
}

bool IsDraining(const absl::Status& failure) {
  return GetReason(failure) == ErrorReason::kDraining;
}

}  // namespace keyhold
