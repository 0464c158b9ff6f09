// The thread on which a process's signer clients hear from gRPC, and of time.
// Includes gRPC, so for .cc files only.
#ifndef KEYHOLD_TLS_LIB_REMOTE_COMPLETION_LOOP_H_
#define KEYHOLD_TLS_LIB_REMOTE_COMPLETION_LOOP_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/completion_queue.h"
#include "tls_lib/remote/timer_queue.h"

namespace keyhold {

// What gRPC is given as the tag of an operation on CompletionLoop's queue.
class CompletionTag {
 public:
  // The operation is over. On the loop's thread; must not block.
  virtual void OnComplete(bool ok) = 0;

 protected:
  ~CompletionTag() = default;
};

// A tag that calls a member function of the object that it is a part of.
template <typename T>
class MemberTag final : public CompletionTag {
 public:
  MemberTag(T& object, void (T::*function)(bool))
      : object_(object), function_(function) {}
  void OnComplete(bool ok) override { (object_.*function_)(ok); }

 private:
  T& object_;
  void (T::*const function_)(bool);
};

// One completion queue and one thread for all clients of the process: gRPC
// moves a connection only while a thread waits on its queue, and a second
// thread there costs a wake-up more for every event.
//
// Thread-safe.
class CompletionLoop {
 public:
  // Begins with the first call and lasts as long as the process: the last
  // handle to a client may go on the loop's own thread, which could not join
  // itself.
  static CompletionLoop& Get();

  grpc::CompletionQueue* queue() { return &queue_; }
  // Whether the caller is on the loop's thread, and so must not wait for it.
  bool IsThisThread() const;

  // Runs `callback` on the loop's thread at `when`, soon if that has passed.
  TimerQueue::Id AddTimer(absl::Time when, TimerQueue::Callback callback);
  // Nothing happens if it has run. It may be running on the loop's thread.
  void RemoveTimer(const TimerQueue::Id& id);

 private:
  CompletionLoop();
  void Run();
  absl::Time NextWakeUp();
  void RunTimers();

  grpc::CompletionQueue queue_;
  absl::Mutex mutex_;
  TimerQueue timers_ ABSL_GUARDED_BY(mutex_);
  // When the thread will look at the timers by itself.
  absl::Time wakes_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::thread thread_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_COMPLETION_LOOP_H_
