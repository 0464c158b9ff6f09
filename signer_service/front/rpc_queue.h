// One gRPC completion queue and the thread that serves it. With one of these
// for each core, a call that is answered by its queue's own thread changes
// threads nowhere; gRPC's callbacks, which come on threads of their own, cost
// a signature a third more.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_RPC_QUEUE_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_RPC_QUEUE_H_

#include <memory>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/completion_queue.h"

namespace keyhold {

// Something that gRPC was asked to do; its address is the tag.
class RpcEvent {
 public:
  virtual ~RpcEvent() = default;
  // It is done; what `ok` says depends on what it was. Runs on the queue's
  // thread. May delete the event.
  virtual void OnDone(bool ok) = 0;
};

// The thread takes all that its queue holds, up to kEventsPerTurn, before the
// turn ends: under load the costs of a turn are shared, and a lone call never
// waits for company.
//
// Start it once gRPC's server has started, stop it once that has shut down.
class RpcQueue {
 public:
  static constexpr int kEventsPerTurn = 64;

  explicit RpcQueue(std::unique_ptr<grpc::ServerCompletionQueue> queue)
      : queue_(std::move(queue)) {}
  ~RpcQueue();
  RpcQueue(const RpcQueue&) = delete;
  RpcQueue& operator=(const RpcQueue&) = delete;

  // Asks gRPC for calls, then serves. `end_of_turn` runs on the thread after
  // each turn.
  void Start(absl::AnyInvocable<void()> ask,
             absl::AnyInvocable<void()> end_of_turn);
  // Every event that is outstanding is done, not ok, when this returns.
  void Stop();

  // For gRPC. Only on the queue's thread, in `ask`, or for operations of a
  // call that is not finished: gRPC aborts the process if a queue is used that
  // is shut down.
  grpc::ServerCompletionQueue* get() { return queue_.get(); }
  // Whether gRPC may be asked for more calls. Only where get() may be called.
  bool accepting() const ABSL_NO_THREAD_SAFETY_ANALYSIS { return !stopped_; }

 private:
  void Work();

  const std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  absl::AnyInvocable<void()> end_of_turn_;
  std::thread thread_;
  // Held for a turn, so that the queue is never shut down beneath one.
  absl::Mutex turn_;
  bool stopped_ ABSL_GUARDED_BY(turn_) = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_RPC_QUEUE_H_
