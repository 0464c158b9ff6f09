#include "signer_service/vault_process/handed_over_segments.h"

#include <utility>

#include "absl/status/status.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

absl::Status SupervisorAway() {
  return absl::UnavailableError(
      "no segment of the audit log is to be had: the vault is ending");
}

}  // namespace

HandedOverSegments::HandedOverSegments(std::vector<UniqueFd> descriptors,
                                       std::function<absl::Status()> ask)
    : ask_(std::move(ask)), existing_(std::move(descriptors)) {
  if (existing_.empty()) return;
  next_ = std::move(existing_.back());
  existing_.pop_back();
}

absl::StatusOr<std::vector<std::unique_ptr<SegmentFile>>>
HandedOverSegments::Existing() {
  absl::MutexLock lock(&mutex_);
  std::vector<std::unique_ptr<SegmentFile>> files;
  for (UniqueFd& fd : existing_) {
    files.push_back(std::make_unique<DescriptorSegment>(std::move(fd)));
  }
  existing_.clear();
  return files;
}

absl::StatusOr<std::unique_ptr<SegmentFile>> HandedOverSegments::Allocate() {
  bool have_one;
  {
    absl::MutexLock lock(&mutex_);
    have_one = next_.has_value();
  }
  if (!have_one) RETURN_IF_ERROR(ask_());
  absl::MutexLock lock(&mutex_);
  const auto come = [this]() ABSL_SHARED_LOCKS_REQUIRED(mutex_) {
    return closed_ || next_.has_value();
  };
  mutex_.Await(absl::Condition(&come));
  if (!next_.has_value()) return SupervisorAway();
  absl::StatusOr<UniqueFd> segment = *std::move(next_);
  next_.reset();
  if (!segment.ok()) return segment.status();
  return std::make_unique<DescriptorSegment>(*std::move(segment));
}

void HandedOverSegments::Take(absl::StatusOr<UniqueFd> segment) {
  absl::MutexLock lock(&mutex_);
  next_ = std::move(segment);
}

void HandedOverSegments::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
}

}  // namespace keyhold
