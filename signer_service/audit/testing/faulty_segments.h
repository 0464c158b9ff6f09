// Segments that do as they are told.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_TESTING_FAULTY_SEGMENTS_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_TESTING_FAULTY_SEGMENTS_H_

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "signer_service/audit/segment_source.h"

namespace keyhold {

// Thread-safe.
class SegmentFaults {
 public:
  // Writes go through for so many bytes more, then fail.
  void FailAfter(size_t bytes, absl::Status status);
  void FailSync(absl::Status status);
  void FailAllocate(absl::Status status);
  // Writes hang.
  void Stall();
  // Until one does.
  void AwaitStalled();
  // All is well again.
  void Heal();

  // The segments': waits while writes hang; how much of `bytes` to write.
  absl::StatusOr<size_t> OnAppend(size_t bytes);
  absl::Status OnSync();
  absl::Status OnAllocate();

 private:
  absl::Mutex mutex_;
  size_t left_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status append_ ABSL_GUARDED_BY(mutex_);
  absl::Status sync_ ABSL_GUARDED_BY(mutex_);
  absl::Status allocate_ ABSL_GUARDED_BY(mutex_);
  bool stall_ ABSL_GUARDED_BY(mutex_) = false;
  int stalled_ ABSL_GUARDED_BY(mutex_) = 0;
};

// Passes on to another source, with faults.
class FaultySegments final : public SegmentSource {
 public:
  FaultySegments(std::unique_ptr<SegmentSource> source,
                 std::shared_ptr<SegmentFaults> faults)
      : source_(std::move(source)), faults_(std::move(faults)) {}

  absl::StatusOr<std::vector<std::unique_ptr<SegmentFile>>> Existing() override;
  absl::StatusOr<std::unique_ptr<SegmentFile>> Allocate() override;

 private:
  const std::unique_ptr<SegmentSource> source_;
  const std::shared_ptr<SegmentFaults> faults_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_TESTING_FAULTY_SEGMENTS_H_
