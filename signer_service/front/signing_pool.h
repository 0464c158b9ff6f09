// Threads that sign what waits in queues, the queues taking turns.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_SIGNING_POOL_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_SIGNING_POOL_H_

#include <deque>
#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"

namespace keyhold {

// The most signatures that a queue has made before others have their turn.
constexpr size_t kSignaturesPerTurn = 32;

// A client's queue of work.
class SigningQueue {
 public:
  virtual ~SigningQueue() = default;
  // One turn: takes at most kSignaturesPerTurn, asks the pool for another
  // turn if more waits, and signs.
  virtual void TakeTurn() = 0;
};

// Round robin: a queue has one place in line, however much waits in it.
// Thread-safe.
class SigningPool {
 public:
  explicit SigningPool(size_t threads);
  // Waits for turns under way; those that have not begun are dropped.
  ~SigningPool();
  SigningPool(const SigningPool&) = delete;
  SigningPool& operator=(const SigningPool&) = delete;

  // Gives the queue a turn after all that are in line. A queue that is in
  // line already must not be added again.
  void Schedule(std::shared_ptr<SigningQueue> queue);

 private:
  void Work();

  absl::Mutex mutex_;
  std::deque<std::shared_ptr<SigningQueue>> line_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SIGNING_POOL_H_
