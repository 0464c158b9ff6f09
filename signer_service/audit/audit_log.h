// The audit log: what was signed, for whom, in records that cannot be changed
// unseen. docs/audit.md has the format and what it does and does not prove.
//
//   AuditBatch batch(1);
//   batch.Add(record);
//   log->Append(std::move(batch), deadline, [](const absl::Status& written) {
//     // Only if OK is the signature released.
//   });
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_LOG_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_LOG_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "signer_service/audit/append_queue.h"
#include "signer_service/audit/audit_batch.h"
#include "signer_service/audit/audit_key.h"
#include "signer_service/audit/audit_options.h"
#include "signer_service/audit/segment_source.h"
#include "signer_service/audit/segment_writer.h"
#include "signer_service/audit/spare_segment.h"

namespace keyhold {

// A thread of its own writes everything that waits in one go: the busier the
// log, the fewer writes for each record. Nobody else waits for the disk, and
// what a write keeps from its deadline is answered Unavailable.
//
// While the disk is full, AuditWhenFull decides. kBlock: Admit and Append
// answer Unavailable at once. kContinue: Append answers OK; what is missing is
// counted, and a record of event "gap" says how many and when, once there is
// room. A write that stalls is neither: Admit answers Unavailable until it is
// over, whatever the policy.
//
// Thread-safe.
class AuditLog {
 public:
  using Done = AppendQueue::Done;

  // Finds where the log ended, closes a torn record with one of event
  // "recovered", and goes on with one of event "start". `key` signs
  // checkpoints; a log without one has none.
  //
  // Errors: those of the source, and of reading. A disk without room for the
  // first segment of a new log is an error; else the log opens blocked.
  static absl::StatusOr<std::unique_ptr<AuditLog>> Open(
      std::unique_ptr<SegmentSource> source, std::optional<AuditKey> key,
      AuditOptions options);
  // Writes what waits, a record of event "stop" and a checkpoint. Waits for a
  // write that stalls.
  ~AuditLog();

  // Whether to begin a signature at all: OK, or what Append would answer now.
  absl::Status Admit() const;
  // Never waits. See AppendQueue::Push for when and how `done` is called; it
  // must not block.
  void Append(AuditBatch records, absl::Time deadline, Done done);

  // The last record that is written.
  AuditHead head() const;
  // How many records are missing, since this object was made: kContinue.
  uint64_t missing() const { return missing_total_.load(); }

 private:
  enum class State { kWritable, kBlocked, kLosing };
  // Records that were not written.
  struct Gap {
    uint64_t count = 0;
    absl::Time from;
    absl::Time to;
  };

  AuditLog(std::unique_ptr<SegmentSource> source, std::optional<AuditKey> key,
           AuditOptions options);

  absl::Status Begin();
  void Work();
  // When Work has to do something by itself.
  absl::Time NextWakeUp() const;
  // Brings the log back if it can be written again.
  void TryAgain();
  // Writes the batches. The status is what they are answered.
  absl::Status Write(const std::vector<const AuditBatch*>& batches);
  absl::Status WriteBatch(const AuditBatch& batch);
  absl::Status MakeRoom(uint64_t bytes);
  // A checkpoint, where one is due.
  absl::Status CheckpointIfDue(bool now);
  void End();

  void OnFlushed();
  // What a batch is answered that could not be written.
  absl::Status OnFailed(const absl::Status& status);
  void CountMissing(uint64_t records);
  void Notify(AuditNotice::Kind kind, std::string message,
              AuditHead head = {}) const;

  const AuditOptions options_;
  const std::unique_ptr<SegmentSource> source_;
  const std::optional<AuditKey> key_;

  // Of the writing thread, once it runs.
  std::unique_ptr<SegmentWriter> writer_;
  uint64_t since_checkpoint_ = 0;
  absl::Time checkpoint_due_ = absl::InfiniteFuture();
  bool checkpoint_sealed_ = false;
  Gap gap_;

  std::atomic<State> state_{State::kWritable};
  std::atomic<bool> stalled_{false};
  std::atomic<uint64_t> missing_total_{0};
  mutable absl::Mutex head_mutex_;
  AuditHead head_ ABSL_GUARDED_BY(head_mutex_);

  AppendQueue queue_;
  std::unique_ptr<SpareSegment> spare_;
  std::thread thread_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_LOG_H_
