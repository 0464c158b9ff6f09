// The errors of an audit log that its callers pass on: each Unavailable, with
// the reason kAuditUnavailable.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_ERRORS_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_ERRORS_H_

#include "absl/status/status.h"

namespace keyhold {

// The disk has no room, or a write failed, and the policy is to block.
absl::Status AuditBlockedError();
// A write takes longer than the request may.
absl::Status AuditStalledError();
// More waits to be recorded than is kept.
absl::Status AuditQueueFullError();
// The log is closed: the signer ends.
absl::Status AuditClosedError();

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_ERRORS_H_
