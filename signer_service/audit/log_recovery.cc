#include "signer_service/audit/log_recovery.h"

#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

constexpr int kMaxReportedFaults = 3;

absl::StatusOr<std::unique_ptr<SegmentScan>> Scan(
    absl::Span<const std::unique_ptr<SegmentFile>> segments,
    const std::function<void(const AuditFault&)>& on_fault) {
  SegmentScan::Callbacks callbacks;
  callbacks.on_fault =
      [&on_fault, left = kMaxReportedFaults](const AuditFault& fault) mutable {
        if (left-- > 0) on_fault(fault);
      };
  auto scan = std::make_unique<SegmentScan>(std::move(callbacks));
  for (const auto& segment : segments) RETURN_IF_ERROR(scan->Read(*segment));
  return scan;
}

}  // namespace

absl::StatusOr<RecoveredLog> RecoverLog(
    SegmentSource& source,
    const std::function<void(const AuditFault&)>& on_fault) {
  ASSIGN_OR_RETURN(std::vector<std::unique_ptr<SegmentFile>> segments,
                   source.Existing());
  RecoveredLog log;
  if (segments.empty()) {
    ASSIGN_OR_RETURN(log.current, source.Allocate());
    return log;
  }
  ASSIGN_OR_RETURN(std::unique_ptr<SegmentScan> scan,
                   Scan(absl::MakeConstSpan(segments).last(1), on_fault));
  if (scan->first_sequence() == 0) {
    // Torn within its first record.
    ASSIGN_OR_RETURN(scan, Scan(segments, on_fault));
  }
  log.current = std::move(segments.back());
  ASSIGN_OR_RETURN(log.current_bytes, log.current->Size());
  log.head = scan->head();
  log.torn = scan->torn();
  log.lacks_line_end = scan->lacks_line_end();
  return log;
}

}  // namespace keyhold
