// Finds where an audit log goes on after its last writer has ended.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_LOG_RECOVERY_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_LOG_RECOVERY_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "absl/status/statusor.h"
#include "signer_service/audit/hash_chain.h"
#include "signer_service/audit/segment_file.h"
#include "signer_service/audit/segment_scan.h"
#include "signer_service/audit/segment_source.h"

namespace keyhold {

struct RecoveredLog {
  // To be written on; new if the log had none.
  std::unique_ptr<SegmentFile> current;
  uint64_t current_bytes = 0;
  AuditHead head;
  // At the end of `current`: to be answered for by a `recovered` record.
  std::optional<TornTail> torn;
  // Whether its last record lacks its line's end.
  bool lacks_line_end = false;
};

// Reads the newest segment, and the one before it if need be. Faults are
// reported, a few of them, and hold nothing up: a log that was tampered with
// goes on, and keeps showing it. Errors: the source's, and of reading.
absl::StatusOr<RecoveredLog> RecoverLog(
    SegmentSource& source,
    const std::function<void(const AuditFault&)>& on_fault);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_LOG_RECOVERY_H_
