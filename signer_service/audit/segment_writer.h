// Turns bodies into chained lines in segments.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_SEGMENT_WRITER_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_SEGMENT_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "signer_service/audit/audit_key.h"
#include "signer_service/audit/audit_options.h"
#include "signer_service/audit/hash_chain.h"
#include "signer_service/audit/segment_file.h"
#include "signer_service/audit/segment_scan.h"

namespace keyhold {

// Lines are sealed into a buffer and written by Flush. What was sealed is
// never dropped: bytes that a failed Flush has not written are the first that
// the next one writes, into the same segment, so the chain has no hole
// whatever happens in between.
//
// Not thread-safe.
class SegmentWriter {
 public:
  // Goes on in `current` after `head`. `key`, which may be null, must outlive
  // this.
  SegmentWriter(std::unique_ptr<SegmentFile> current, uint64_t current_bytes,
                AuditHead head, const AuditKey* key, AuditOptions options);

  // Seals one record.
  void Add(absl::string_view body);
  // Seals a checkpoint, if there is a key. Errors as PrivateKey::Sign.
  absl::Status AddCheckpoint(absl::Time time);
  // Ends the line of a record that a crash left without. Before anything is
  // sealed.
  void AddLineEnd() { buffer_.push_back('\n'); }
  // Seals the answer for torn bytes at the end of the segment.
  void AddRecovered(const TornTail& torn, absl::Time time);
  // Seals the first record of a segment: in a new log, or by Rotate.
  void AddSegmentBegin(absl::Time time);

  // Writes what is sealed; with AuditSync::kBatch, waits for the disk. Errors
  // as SegmentFile's.
  absl::Status Flush();
  // Whether all that was sealed is written.
  bool flushed() const { return buffer_.empty() && !unsynced_; }

  // Whether the segment has its size, once `bytes` more are in it.
  bool IsFullWith(uint64_t bytes) const {
    return current_bytes_ + buffer_.size() + bytes > options_.segment_bytes;
  }
  // Goes on in `next`. Only when flushed.
  void Rotate(std::unique_ptr<SegmentFile> next, absl::Time time);

  // Of the last record that is written; of the last that is sealed.
  const AuditHead& written_head() const { return written_head_; }
  const AuditHead& sealed_head() const { return chain_.head(); }
  size_t buffered_bytes() const { return buffer_.size(); }

 private:
  const AuditKey* const key_;
  const AuditOptions options_;
  std::unique_ptr<SegmentFile> current_;
  uint64_t current_bytes_;
  HashChain chain_;
  AuditHead written_head_;
  std::string buffer_;
  std::string body_;
  bool unsynced_ = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_SEGMENT_WRITER_H_
