// What one caller may have the service hold for him.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_CALLER_BUDGET_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_CALLER_BUDGET_H_

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"

namespace keyhold {

// Bytes of requests that are not answered and of answers that are not read,
// and streams. Thread-safe.
class CallerBudget {
 public:
  static constexpr size_t kMaxBytes = size_t{64} << 20;
  static constexpr size_t kMaxStreams = 1024;

  // Whether so much more fits; it is taken then.
  bool TakeBytes(size_t bytes);
  void GiveBytes(size_t bytes);
  bool TakeStream();
  void GiveStream();

 private:
  absl::Mutex mutex_;
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  size_t streams_ ABSL_GUARDED_BY(mutex_) = 0;
};

// ResourceExhausted (kTooManyInFlight), when bytes do not fit.
absl::Status CallerHasTooManyBytesError();

// Bytes that are taken from a budget until this is destroyed.
class HeldBytes {
 public:
  HeldBytes() = default;
  // Takes them; false, and holds nothing, if they do not fit.
  bool Take(std::shared_ptr<CallerBudget> budget, size_t bytes);
  ~HeldBytes();
  HeldBytes(const HeldBytes&) = delete;
  HeldBytes& operator=(const HeldBytes&) = delete;

 private:
  std::shared_ptr<CallerBudget> budget_;
  size_t bytes_ = 0;
};

// The budgets of all callers that have something. Thread-safe.
class CallerBudgets {
 public:
  // By the name of the caller's identity.
  std::shared_ptr<CallerBudget> Find(const std::string& identity);

 private:
  absl::Mutex mutex_;
  absl::flat_hash_map<std::string, std::weak_ptr<CallerBudget>> by_identity_
      ABSL_GUARDED_BY(mutex_);
  // How many there may be until those that nobody uses are dropped.
  size_t next_sweep_ ABSL_GUARDED_BY(mutex_) = 64;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_CALLER_BUDGET_H_
