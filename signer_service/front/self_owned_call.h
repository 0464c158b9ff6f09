// Calls on completion queues that have several operations under way.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_SELF_OWNED_CALL_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_SELF_OWNED_CALL_H_

#include <atomic>

#include "signer_service/front/rpc_queue.h"

namespace keyhold {

// Deletes itself when nothing holds it any more. Each operation under way
// holds its call. Thread-safe.
class SelfOwnedCall {
 public:
  SelfOwnedCall() = default;
  SelfOwnedCall(const SelfOwnedCall&) = delete;
  SelfOwnedCall& operator=(const SelfOwnedCall&) = delete;

  void Hold() { holds_.fetch_add(1, std::memory_order_relaxed); }
  void Release() {
    if (holds_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

 protected:
  virtual ~SelfOwnedCall() = default;

 private:
  std::atomic<int> holds_{0};
};

// The tag of one kind of operation of `Call`, a SelfOwnedCall: runs `done` on
// the queue's thread and lets go of the call.
template <typename Call>
class CallTag final : public RpcEvent {
 public:
  CallTag(Call& call, void (Call::*done)(bool ok)) : call_(call), done_(done) {}

  // The tag for an operation that is about to be started.
  void* Held() {
    call_.Hold();
    return this;
  }
  void OnDone(bool ok) override {
    Call& call = call_;
    (call.*done_)(ok);
    call.Release();
  }

 private:
  Call& call_;
  void (Call::*const done_)(bool ok);
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SELF_OWNED_CALL_H_
