#include "signer_service/audit/testing/faulty_segments.h"

#include <algorithm>

#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

class FaultySegment final : public SegmentFile {
 public:
  FaultySegment(std::unique_ptr<SegmentFile> segment,
                std::shared_ptr<SegmentFaults> faults)
      : segment_(std::move(segment)), faults_(std::move(faults)) {}

  absl::StatusOr<size_t> Append(absl::string_view bytes) override {
    ASSIGN_OR_RETURN(const size_t allowed, faults_->OnAppend(bytes.size()));
    return segment_->Append(bytes.substr(0, allowed));
  }
  absl::Status Sync() override {
    RETURN_IF_ERROR(faults_->OnSync());
    return segment_->Sync();
  }
  absl::StatusOr<uint64_t> Size() const override { return segment_->Size(); }
  absl::StatusOr<size_t> ReadAt(uint64_t offset,
                                absl::Span<char> to) const override {
    return segment_->ReadAt(offset, to);
  }

 private:
  const std::unique_ptr<SegmentFile> segment_;
  const std::shared_ptr<SegmentFaults> faults_;
};

}  // namespace

void SegmentFaults::FailAfter(size_t bytes, absl::Status status) {
  absl::MutexLock lock(&mutex_);
  left_ = bytes;
  append_ = std::move(status);
}

void SegmentFaults::FailSync(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  sync_ = std::move(status);
}

void SegmentFaults::FailAllocate(absl::Status status) {
  absl::MutexLock lock(&mutex_);
  allocate_ = std::move(status);
}

void SegmentFaults::Stall() {
  absl::MutexLock lock(&mutex_);
  stall_ = true;
}

void SegmentFaults::AwaitStalled() {
  absl::MutexLock lock(&mutex_);
  const auto stalled = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stalled_ > 0;
  };
  mutex_.Await(absl::Condition(&stalled));
}

void SegmentFaults::Heal() {
  absl::MutexLock lock(&mutex_);
  stall_ = false;
  append_ = sync_ = allocate_ = absl::OkStatus();
}

absl::StatusOr<size_t> SegmentFaults::OnAppend(size_t bytes) {
  absl::MutexLock lock(&mutex_);
  const auto goes_on = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !stall_;
  };
  ++stalled_;
  if (stall_) mutex_.Await(absl::Condition(&goes_on));
  --stalled_;
  if (append_.ok()) return bytes;
  if (left_ == 0) return append_;
  const size_t allowed = std::min(left_, bytes);
  left_ -= allowed;
  return allowed;
}

absl::Status SegmentFaults::OnSync() {
  absl::MutexLock lock(&mutex_);
  return sync_;
}

absl::Status SegmentFaults::OnAllocate() {
  absl::MutexLock lock(&mutex_);
  return allocate_;
}

absl::StatusOr<std::vector<std::unique_ptr<SegmentFile>>>
FaultySegments::Existing() {
  ASSIGN_OR_RETURN(std::vector<std::unique_ptr<SegmentFile>> segments,
                   source_->Existing());
  for (std::unique_ptr<SegmentFile>& segment : segments) {
    segment = std::make_unique<FaultySegment>(std::move(segment), faults_);
  }
  return segments;
}

absl::StatusOr<std::unique_ptr<SegmentFile>> FaultySegments::Allocate() {
  RETURN_IF_ERROR(faults_->OnAllocate());
  ASSIGN_OR_RETURN(std::unique_ptr<SegmentFile> segment, source_->Allocate());
  return std::make_unique<FaultySegment>(std::move(segment), faults_);
}

}  // namespace keyhold
