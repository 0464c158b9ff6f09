#include "signer_service/audit/spare_segment.h"

#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace keyhold {
namespace {

constexpr absl::Duration kAskAgain = absl::Seconds(1);

}  // namespace

SpareSegment::SpareSegment(SegmentSource& source, Callbacks callbacks)
    : source_(source),
      callbacks_(std::move(callbacks)),
      thread_([this] { Work(); }) {}

SpareSegment::~SpareSegment() {
  {
    absl::MutexLock lock(&mutex_);
    ending_ = true;
    changed_.Signal();
  }
  thread_.join();
}

bool SpareSegment::ready() const {
  absl::MutexLock lock(&mutex_);
  return spare_ != nullptr;
}

std::unique_ptr<SegmentFile> SpareSegment::Take() {
  absl::MutexLock lock(&mutex_);
  if (spare_ != nullptr) changed_.Signal();
  return std::move(spare_);
}

void SpareSegment::Work() {
  bool failed = false;
  mutex_.Lock();
  while (!ending_) {
    if (spare_ != nullptr) {
      changed_.Wait(&mutex_);
      continue;
    }
    mutex_.Unlock();
    absl::StatusOr<std::unique_ptr<SegmentFile>> made = source_.Allocate();
    if (!made.ok() && !failed) callbacks_.on_failed(made.status());
    failed = !made.ok();
    mutex_.Lock();
    if (made.ok()) {
      spare_ = *std::move(made);
      mutex_.Unlock();
      callbacks_.on_ready();
      mutex_.Lock();
    } else if (!ending_) {
      changed_.WaitWithTimeout(&mutex_, kAskAgain);
    }
  }
  mutex_.Unlock();
}

}  // namespace keyhold
