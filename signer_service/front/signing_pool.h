// Threads that sign what waits in queues, their owners taking turns.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_SIGNING_POOL_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_SIGNING_POOL_H_

#include <deque>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace keyhold {

// The most signatures that a queue has made before others have their turn.
constexpr size_t kSignaturesPerTurn = 64;

// A queue of work, one of perhaps many of its owner.
class SigningQueue {
 public:
  virtual ~SigningQueue() = default;
  // The name of the caller's identity. It never changes.
  virtual absl::string_view owner() const = 0;
  // One turn: takes at most kSignaturesPerTurn, asks the pool for another
  // turn if more waits, and signs.
  virtual void TakeTurn() = 0;
};

// Round robin: an owner has one place in line, however many queues he has and
// however much waits in them; his queues take his turns in the order in which
// they came. Thread-safe.
class SigningPool {
 public:
  explicit SigningPool(size_t threads);
  // Waits for turns under way; those that have not begun are dropped.
  ~SigningPool();
  SigningPool(const SigningPool&) = delete;
  SigningPool& operator=(const SigningPool&) = delete;

  // Gives the queue its owner's next turn that is free. A queue that is in line
  // already must not be added again.
  void Schedule(std::shared_ptr<SigningQueue> queue);

 private:
  void Work();

  using Queues = std::deque<std::shared_ptr<SigningQueue>>;

  // The queue whose turn it is. The line must not be empty.
  std::shared_ptr<SigningQueue> TakeNext()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  // By owner; none is empty.
  absl::flat_hash_map<std::string, Queues> waiting_ ABSL_GUARDED_BY(mutex_);
  // Each owner of waiting_, once.
  std::deque<std::string> line_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SIGNING_POOL_H_
