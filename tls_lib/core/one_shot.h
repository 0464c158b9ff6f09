// The two ends of Pending's promise, for those who implement it.
#ifndef KEYHOLD_TLS_LIB_CORE_ONE_SHOT_H_
#define KEYHOLD_TLS_LIB_CORE_ONE_SHOT_H_

#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace keyhold {

// A callback that runs once or is cancelled. Shared by the side that delivers
// and the handle that the caller holds, whose destructor calls Cancel:
//
//   auto once = std::make_shared<OneShot<Answer>>(std::move(done));
//   Begin([once](Answer answer) { once->Deliver(std::move(answer)); });
//   return a Pending that holds `once`;
//
// Thread-safe.
template <typename Result>
class OneShot {
 public:
  using Done = absl::AnyInvocable<void(Result) &&>;

  explicit OneShot(Done done) : done_(std::move(done)) {}

  // Runs the callback, on this thread and without a lock. Does nothing a
  // second time, or after Cancel.
  void Deliver(Result result) {
    Done done;
    {
      absl::MutexLock lock(&mutex_);
      if (state_ != State::kWaiting) return;
      state_ = State::kRunning;
      runner_ = std::this_thread::get_id();
      done = std::move(done_);
    }
    std::move(done)(std::move(result));
    // What the callback holds goes before a Cancel that waits returns.
    done = nullptr;
    absl::MutexLock lock(&mutex_);
    state_ = State::kEnded;
  }

  // From its return on the callback neither runs nor begins, unless this is
  // called inside the callback.
  void Cancel() {
    Done unused;
    absl::MutexLock lock(&mutex_);
    if (state_ == State::kWaiting) {
      state_ = State::kEnded;
      unused = std::move(done_);
      return;
    }
    if (state_ == State::kRunning && runner_ == std::this_thread::get_id()) {
      return;
    }
    mutex_.Await(absl::Condition(this, &OneShot::ended));
  }

 private:
  enum class State { kWaiting, kRunning, kEnded };

  bool ended() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return state_ == State::kEnded;
  }

  mutable absl::Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kWaiting;
  std::thread::id runner_ ABSL_GUARDED_BY(mutex_);
  Done done_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_ONE_SHOT_H_
