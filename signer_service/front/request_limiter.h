// How many signatures callers and keys may have, per second and at once.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_REQUEST_LIMITER_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_REQUEST_LIMITER_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "signer_service/config/signature_limits.h"

namespace keyhold {

// A signature counts with its identity, its key and in total; it is refused if
// one of the three has no room, and then counts nowhere. A rate is a bucket
// that holds `burst` signatures and fills at `per_second`.
//
// Thread-safe. Without limits it costs nothing.
class RequestLimiter {
 public:
  explicit RequestLimiter(const SignatureLimits& limits = {});
  // All permits must be gone.
  ~RequestLimiter();
  RequestLimiter(const RequestLimiter&) = delete;
  RequestLimiter& operator=(const RequestLimiter&) = delete;

  // What has been counted stays.
  void SetLimits(const SignatureLimits& limits);

  struct Count;
  // A signature that is under way. Not thread-safe.
  class Permit {
   public:
    Permit() = default;
    Permit(Permit&& other) noexcept { *this = std::move(other); }
    Permit& operator=(Permit&& other) noexcept;
    ~Permit() { Release(); }
    // It is over.
    void Release();

   private:
    friend class RequestLimiter;
    RequestLimiter* limiter_ = nullptr;
    Count* identity_ = nullptr;
    Count* key_ = nullptr;
  };

  // ResourceExhausted (kRateLimited) says which limit, and carries the time
  // after which there is room again (retry_delay.h).
  absl::StatusOr<Permit> Take(absl::string_view identity,
                              absl::string_view key_id, absl::Time now);

 private:
  using Counts = absl::flat_hash_map<std::string, std::unique_ptr<Count>>;

  Count& CountOf(Counts& counts, absl::string_view name, absl::Time now)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Give(Count& identity, Count& key);

  std::atomic<bool> limited_{false};
  absl::Mutex mutex_;
  SignatureLimits limits_ ABSL_GUARDED_BY(mutex_);
  Counts identities_ ABSL_GUARDED_BY(mutex_);
  Counts keys_ ABSL_GUARDED_BY(mutex_);
  const std::unique_ptr<Count> total_ ABSL_PT_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_REQUEST_LIMITER_H_
