// Has the next segment ready before the present one is full.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_SPARE_SEGMENT_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_SPARE_SEGMENT_H_

#include <functional>
#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "signer_service/audit/segment_file.h"
#include "signer_service/audit/segment_source.h"

namespace keyhold {

// A thread asks the source for one segment at once, and for another whenever
// one was taken; where there is no room it asks again every second. So a full
// disk shows a whole segment before it stops anything.
//
// Thread-safe.
class SpareSegment {
 public:
  struct Callbacks {
    // From the thread. Must not block.
    std::function<void()> on_ready;
    // The first time that one cannot be had, until one can again.
    std::function<void(const absl::Status&)> on_failed;
  };
  // `source` must outlive this, and is used by this alone.
  SpareSegment(SegmentSource& source, Callbacks callbacks);
  // Waits for an allocation that is under way.
  ~SpareSegment();

  // Whether Take has one. Neither blocks.
  bool ready() const;
  // Null if there is none yet.
  std::unique_ptr<SegmentFile> Take();

 private:
  void Work();

  SegmentSource& source_;
  const Callbacks callbacks_;
  mutable absl::Mutex mutex_;
  absl::CondVar changed_;
  std::unique_ptr<SegmentFile> spare_ ABSL_GUARDED_BY(mutex_);
  bool ending_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_SPARE_SEGMENT_H_
