// Reads segments in order and checks each record against the one before it.
// What a start does to find where to go on, and what `keyhold audit` does.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_SEGMENT_SCAN_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_SEGMENT_SCAN_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "signer_service/audit/hash_chain.h"
#include "signer_service/audit/parsed_record.h"
#include "signer_service/audit/segment_file.h"

namespace keyhold {

// Something in a log that no writer leaves behind.
struct AuditFault {
  enum class Kind {
    // A record does not have the hash that it carries: it, or the one before
    // it, was changed.
    kAltered,
    // Sequence numbers are left out.
    kMissing,
    // A sequence number comes again, or too late.
    kReordered,
    // Bytes that are no record, and that no `recovered` record answers for.
    kNotARecord,
    // The last segment ends in part of a record. Of AuditVerifier.
    kTorn,
    // A checkpoint's signature does not verify. Of AuditVerifier.
    kBadCheckpoint,
    // More records than a writer leaves without a checkpoint. Of
    // AuditVerifier.
    kNoCheckpoint,
    // A segment's file is missing. Of AuditVerifier.
    kMissingSegment,
    // The head that was kept elsewhere is not in the log. Of AuditVerifier.
    kWrongHead,
  };
  Kind kind;
  // Where: of the record that shows it.
  uint64_t sequence;
  std::string message;
};

// Bytes behind the last record of a segment: what a crash within a write, or a
// loss of power, left of records. Nothing in it has the form of a record.
struct TornTail {
  uint64_t offset = 0;
  uint64_t size = 0;
  AuditHash sha256 = {};
  // Whether its last byte is a line's end.
  bool ends_line = false;
};

// For the segments of one log, oldest first. After a fault it goes on from what
// the record itself states, so that one change is one fault. Not thread-safe.
class SegmentScan {
 public:
  struct Callbacks {
    // For each record, faulty or not, in the order of the file.
    std::function<void(const ParsedRecord&, absl::string_view line)> on_record;
    std::function<void(AuditFault)> on_fault;
  };
  explicit SegmentScan(Callbacks callbacks);
  ~SegmentScan();

  // Reads a whole segment. Errors of reading only.
  absl::Status Read(const SegmentFile& segment);

  // The last record; what the next one follows.
  const AuditHead& head() const { return head_; }
  // The first record that was seen; 0 if there was none.
  uint64_t first_sequence() const { return first_sequence_; }
  // Of the segment that was read last; null if it ends with a record.
  std::optional<TornTail> torn() const;
  // Of the segment that was read last: whether it ends with a record that is
  // whole but for its line's end.
  bool lacks_line_end() const { return lacks_line_end_; }
  // How many torn records were closed by a `recovered` one.
  uint64_t recovered() const { return recovered_; }

 private:
  class Torn;

  void OnLine(uint64_t offset, absl::string_view line, bool ended);
  void CheckTorn(const ParsedRecord& record);
  void ReportUnanswered(const Torn& torn, uint64_t after);
  void CheckSuccessor(const ParsedRecord& record);
  // For the first record of the first segment: takes over what it says of the
  // one before. False if it says nothing.
  bool BeginWith(const ParsedRecord& record);
  void Fault(AuditFault::Kind kind, uint64_t sequence, std::string message);

  Callbacks callbacks_;
  HashChain hasher_;
  AuditHead head_;
  uint64_t first_sequence_ = 0;
  uint64_t recovered_ = 0;
  bool lacks_line_end_ = false;
  // Null unless the last line was no record.
  std::unique_ptr<Torn> torn_;
};

// Bodies of the two records with which a segment may begin. They carry the hash
// of the record before them, which is in another file, as `previous`. The first
// answers for the torn bytes in front of it.
void AppendRecoveredBody(const TornTail& torn, const AuditHash& previous,
                         absl::Time time, std::string& out);
void AppendSegmentBody(absl::string_view log, const AuditHash& previous,
                       absl::Time time, std::string& out);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_SEGMENT_SCAN_H_
