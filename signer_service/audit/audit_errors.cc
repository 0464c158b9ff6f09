#include "signer_service/audit/audit_errors.h"

#include "absl/strings/string_view.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

absl::Status AuditUnavailable(absl::string_view message) {
  return WithReason(absl::UnavailableError(message),
                    ErrorReason::kAuditUnavailable);
}

}  // namespace

absl::Status AuditBlockedError() {
  return AuditUnavailable(
      "the signer's audit log cannot be written, so it signs nothing; its log "
      "says why; ask another signer");
}

absl::Status AuditStalledError() {
  return AuditUnavailable(
      "the signer's audit log was not written in time: the signature is not "
      "released; ask another signer");
}

absl::Status AuditQueueFullError() {
  return AuditUnavailable(
      "too much waits for the signer's audit log: the signature is not "
      "released; ask another signer");
}

absl::Status AuditClosedError() {
  return AuditUnavailable(
      "the signer ends and its audit log is closed; ask another signer");
}

}  // namespace keyhold
