// Checks a whole audit log, offline.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_LOG_VERIFIER_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_LOG_VERIFIER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "signer_service/audit/hash_chain.h"
#include "signer_service/audit/parsed_record.h"
#include "signer_service/audit/segment_scan.h"
#include "tls_lib/core/public_key.h"

namespace keyhold {

struct AuditVerifyOptions {
  // Of the audit key. Null: checkpoints are not checked.
  std::optional<PublicKey> key = {};
  // A head that was kept elsewhere (the signer's journal, the metrics): the
  // log must contain it.
  std::optional<AuditHead> head = {};
  // For each record, also a faulty one, in the files' order. May be empty.
  std::function<void(const ParsedRecord&, absl::string_view line)> on_record =
      {};
};

// What was found. A log without faults is whole between its first and its last
// record; whether something followed the last one only a head from elsewhere
// can show, and whether something came before the first one nothing can.
struct AuditVerdict {
  std::vector<AuditFault> faults;
  // "signatures" or "refusals"; empty if no segment's beginning says so.
  std::string log;
  // 0: there is no record.
  uint64_t first_sequence = 0;
  AuditHead last;
  uint64_t records = 0;
  uint64_t segments = 0;
  // With signatures that verify.
  uint64_t checkpoints = 0;
  // Of which nothing was verified: there was no key.
  uint64_t checkpoints_unchecked = 0;
  // The last record that a verified checkpoint covers; 0: none.
  uint64_t signed_up_to = 0;
  // Torn records that a start has closed.
  uint64_t recovered = 0;
  // Records that were never written, the disk being full: what the records of
  // event "gap" say.
  uint64_t missing = 0;
};

// Reads the segments in `folder`. Faults are no error: errors are those of
// opening and reading. NotFound: no segment.
absl::StatusOr<AuditVerdict> VerifyAuditLog(absl::string_view folder,
                                            const AuditVerifyOptions& options);

// "SEQ:HASH", as AuditHead::ToString. InvalidArgument says what was expected.
absl::StatusOr<AuditHead> ParseAuditHead(absl::string_view text);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_LOG_VERIFIER_H_
