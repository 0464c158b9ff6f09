// How an audit log is written.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_OPTIONS_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_OPTIONS_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/time/time.h"
#include "signer_service/audit/audit_settings.h"
#include "signer_service/audit/hash_chain.h"

namespace keyhold {

// What the operator should know. `log` names the log.
struct AuditNotice {
  enum class Kind {
    // A checkpoint was written; `head` is its record's.
    kCheckpoint,
    // At start: a torn record was closed, or the log has faults.
    kRecovered,
    kFaulty,
    // The next segment cannot be allocated; the present one still has room.
    kNoSpare,
    // Nothing can be written, and nothing is signed.
    kBlocked,
    // Nothing can be written, and signatures are made without records.
    kLosing,
    // A write takes longer than requests may wait.
    kStalled,
    // All is well again after one of the last three.
    kWritable,
  };
  Kind kind;
  std::string log;
  std::string message;
  AuditHead head;
};

struct AuditOptions {
  // kSignaturesLog or kRefusalsLog: stands in the log itself.
  std::string log = kSignaturesLog;
  AuditSync sync = AuditSync::kNone;
  AuditWhenFull when_full = AuditWhenFull::kBlock;
  uint64_t segment_bytes = uint64_t{32} << 20;
  // Whether a segment is written beyond its size while the next one is not
  // there. If not, that is a full disk.
  bool may_exceed_segment = true;
  // A checkpoint follows after so many records, or so long after the first
  // that has none. kMaxRecordsBetweenCheckpoints is what verifiers tolerate.
  uint64_t checkpoint_records = 8192;
  absl::Duration checkpoint_interval = absl::Minutes(1);
  // Called from the log's threads, without a lock. Must not block.
  std::function<void(const AuditNotice&)> on_notice;
};

// checkpoint_records, and what may wait to be written in one go.
constexpr uint64_t kMaxRecordsBetweenCheckpoints = 65536;

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_OPTIONS_H_
