// Batches of records that wait to be written, and whoever waits for them.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_APPEND_QUEUE_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_APPEND_QUEUE_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "signer_service/audit/audit_batch.h"

namespace keyhold {

// Many threads push, one takes all that is there and answers it. What is not
// answered at its deadline, be it in the queue or in a write that stalls, is
// answered by a thread of the queue's own, which does nothing that can block.
//
// Thread-safe; the calls under "the writer's" are for one thread.
class AppendQueue {
 public:
  using Done = absl::AnyInvocable<void(const absl::Status&) &&>;
  // Of records that wait. Beyond it Push refuses.
  static constexpr size_t kMaxBytes = size_t{16} << 20;

  // A write that takes longer stalls.
  static constexpr absl::Duration kStall = absl::Milliseconds(250);

  // `on_stall` is called whenever something was not answered at its deadline
  // because a write stalls.
  explicit AppendQueue(std::function<void()> on_stall);
  // What still waits is answered Unavailable.
  ~AppendQueue();

  // `done` is called exactly once, without a lock: with what the writer
  // answers; Unavailable at the deadline, if the records are not known to be
  // written by then (they may be, later); or at once, Unavailable, if the
  // queue is full or closed.
  void Push(AuditBatch records, absl::Time deadline, Done done);
  // Lets Take return.
  void Wake();
  // Take returns at once from now on.
  void Close();

  // The writer's. Waits for something to write, for Wake, or until `until`;
  // takes all that there is.
  std::vector<const AuditBatch*> Take(absl::Time until);
  // Whether Close was called.
  bool closed() const;
  // Answers everything that Take returned last and whose time has not passed.
  void Answer(const absl::Status& status);

 private:
  struct Waiting {
    AuditBatch records;
    absl::Time deadline;
    // Null once it was called.
    Done done;
  };

  void KeepTime();
  // When KeepTime has to look next.
  absl::Time EarliestDeadline() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Takes what has expired by `now` out of both lists.
  std::vector<Done> TakeExpired(absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::function<void()> on_stall_;
  mutable absl::Mutex mutex_;
  absl::CondVar work_;
  absl::CondVar timer_;
  std::vector<std::unique_ptr<Waiting>> queue_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<Waiting>> taken_ ABSL_GUARDED_BY(mutex_);
  // When taken_ was.
  absl::Time taken_at_ ABSL_GUARDED_BY(mutex_);
  size_t queued_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  // What KeepTime sleeps until.
  absl::Time timer_at_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  std::thread timekeeper_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_APPEND_QUEUE_H_
