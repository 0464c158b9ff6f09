#include "signer_service/front/rpc_queue.h"

#include <utility>

#include "grpc/support/time.h"

namespace keyhold {

RpcQueue::~RpcQueue() { Stop(); }

void RpcQueue::Start(absl::AnyInvocable<void()> ask,
                     absl::AnyInvocable<void()> end_of_turn) {
  end_of_turn_ = std::move(end_of_turn);
  {
    absl::MutexLock lock(&turn_);
    ask();
  }
  thread_ = std::thread([this] { Work(); });
}

void RpcQueue::Stop() {
  {
    absl::MutexLock lock(&turn_);
    if (std::exchange(stopped_, true)) return;
    queue_->Shutdown();
  }
  if (thread_.joinable()) {
    thread_.join();
  } else {
    Work();
  }
}

void RpcQueue::Work() {
  void* tag;
  bool ok;
  while (queue_->Next(&tag, &ok)) {
    absl::MutexLock lock(&turn_);
    int taken = 0;
    do {
      static_cast<RpcEvent*>(tag)->OnDone(ok);
    } while (++taken < kEventsPerTurn &&
             queue_->AsyncNext(&tag, &ok, gpr_time_0(GPR_CLOCK_MONOTONIC)) ==
                 grpc::CompletionQueue::GOT_EVENT);
    if (end_of_turn_) end_of_turn_();
  }
}

}  // namespace keyhold
