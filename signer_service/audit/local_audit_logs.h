// The audit logs of a process that opens its own files.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_LOCAL_AUDIT_LOGS_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_LOCAL_AUDIT_LOGS_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "signer_service/audit/audit_key.h"
#include "signer_service/audit/audit_log.h"
#include "signer_service/audit/audit_options.h"
#include "signer_service/audit/audit_settings.h"
#include "signer_service/audit/segment_source.h"

namespace keyhold {

using OnAuditNotice = std::function<void(const AuditNotice&)>;

// How the two logs are written.
AuditOptions SignaturesOptions(const AuditSettings& settings,
                               OnAuditNotice on_notice);
AuditOptions RefusalsOptions(const AuditSettings& settings,
                             OnAuditNotice on_notice);

// Their segments, in folders of `settings.directory`, which is made. Errors as
// DirectorySegments::Open.
absl::StatusOr<std::unique_ptr<SegmentSource>> SignaturesSegments(
    const AuditSettings& settings);
absl::StatusOr<std::unique_ptr<SegmentSource>> RefusalsSegments(
    const AuditSettings& settings);

// Errors of opening the file, with its path, and AuditKey::Parse's.
absl::StatusOr<AuditKey> ReadAuditKey(absl::string_view path);

// Opens the log of signatures, and that of refusals. Errors as those above and
// AuditLog::Open.
absl::StatusOr<std::unique_ptr<AuditLog>> OpenSignaturesLog(
    const AuditSettings& settings, OnAuditNotice on_notice);
absl::StatusOr<std::unique_ptr<AuditLog>> OpenRefusalsLog(
    const AuditSettings& settings, OnAuditNotice on_notice);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_LOCAL_AUDIT_LOGS_H_
