// What each local user has the agent hold: nobody takes it all.
#ifndef KEYHOLD_TLS_LIB_AGENT_USER_BUDGETS_H_
#define KEYHOLD_TLS_LIB_AGENT_USER_BUDGETS_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"

namespace keyhold {

// The counts of one user. Thread-safe.
class UserBudget {
 public:
  // False, and nothing is counted, if there would be more than `most`.
  bool TryTakeItem(int64_t most) { return TryTake(items_, 1, most); }
  void GiveItemBack() { items_ -= 1; }
  bool TryTakeBytes(int64_t bytes, int64_t most) {
    return TryTake(bytes_, bytes, most);
  }
  void GiveBytesBack(int64_t bytes) { bytes_ -= bytes; }

  int64_t items() const { return items_; }
  int64_t bytes() const { return bytes_; }

 private:
  static bool TryTake(std::atomic<int64_t>& count, int64_t more, int64_t most) {
    if (count.fetch_add(more) + more <= most) return true;
    count -= more;
    return false;
  }

  std::atomic<int64_t> items_{0};
  std::atomic<int64_t> bytes_{0};
};

// Thread-safe; outlives its Places.
class UserBudgets {
 public:
  struct Limits {
    int64_t connections = 0;
    int64_t connections_per_user = 0;
  };

  // A connection that is counted as long as this lives.
  class Place {
   public:
    ~Place() { budgets_.Leave(uid_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

    UserBudget& user() { return *user_; }

   private:
    friend class UserBudgets;
    Place(UserBudgets& budgets, uid_t uid, std::shared_ptr<UserBudget> user)
        : budgets_(budgets), uid_(uid), user_(std::move(user)) {}

    UserBudgets& budgets_;
    const uid_t uid_;
    const std::shared_ptr<UserBudget> user_;
  };

  // ResourceExhausted with the reason TOO_MANY_IN_FLIGHT: the user, or all
  // together, have as many connections as they may.
  absl::StatusOr<std::unique_ptr<Place>> Enter(uid_t uid, const Limits& limits);

  int64_t connections() const;
  // Waits until there is no Place any more.
  void AwaitNone() const;

 private:
  struct User {
    int64_t connections = 0;
    std::shared_ptr<UserBudget> budget;
  };

  void Leave(uid_t uid);

  mutable absl::Mutex mutex_;
  int64_t connections_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<uid_t, User> users_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_USER_BUDGETS_H_
