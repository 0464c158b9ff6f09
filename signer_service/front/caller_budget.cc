#include "signer_service/front/caller_budget.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {

absl::Status CallerHasTooManyBytesError() {
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat(
          "at most ", CallerBudget::kMaxBytes,
          " bytes may be outstanding on all streams and calls of a caller")),
      ErrorReason::kTooManyInFlight);
}

bool CallerBudget::TakeBytes(size_t bytes) {
  absl::MutexLock lock(&mutex_);
  if (bytes > kMaxBytes - bytes_) return false;
  bytes_ += bytes;
  return true;
}

void CallerBudget::GiveBytes(size_t bytes) {
  absl::MutexLock lock(&mutex_);
  bytes_ -= bytes;
}

bool CallerBudget::TakeStream() {
  absl::MutexLock lock(&mutex_);
  if (streams_ >= kMaxStreams) return false;
  ++streams_;
  return true;
}

void CallerBudget::GiveStream() {
  absl::MutexLock lock(&mutex_);
  --streams_;
}

bool HeldBytes::Take(std::shared_ptr<CallerBudget> budget, size_t bytes) {
  if (!budget->TakeBytes(bytes)) return false;
  budget_ = std::move(budget);
  bytes_ = bytes;
  return true;
}

HeldBytes::~HeldBytes() {
  if (budget_ != nullptr) budget_->GiveBytes(bytes_);
}

std::shared_ptr<CallerBudget> CallerBudgets::Find(const std::string& identity) {
  absl::MutexLock lock(&mutex_);
  std::weak_ptr<CallerBudget>& place = by_identity_[identity];
  std::shared_ptr<CallerBudget> budget = place.lock();
  if (budget != nullptr) return budget;
  budget = std::make_shared<CallerBudget>();
  place = budget;
  if (by_identity_.size() >= next_sweep_) {
    for (auto entry = by_identity_.begin(); entry != by_identity_.end();) {
      if (entry->second.expired()) {
        by_identity_.erase(entry++);
      } else {
        ++entry;
      }
    }
    next_sweep_ = std::max<size_t>(64, 2 * by_identity_.size());
  }
  return budget;
}

}  // namespace keyhold
