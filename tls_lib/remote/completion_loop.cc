#include "tls_lib/remote/completion_loop.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "grpcpp/alarm.h"

namespace keyhold {
namespace {

// Has the loop's thread look at its timers.
class WakeUp final : public CompletionTag {
 public:
  static void Send(grpc::CompletionQueue* queue) {
    auto* wake_up = new WakeUp;
    wake_up->alarm_.Set(queue, std::chrono::system_clock::now(), wake_up);
  }
  void OnComplete(bool /*ok*/) override { delete this; }

 private:
  grpc::Alarm alarm_;
};

}  // namespace

CompletionLoop& CompletionLoop::Get() {
  static CompletionLoop* const loop = new CompletionLoop;
  return *loop;
}

CompletionLoop::CompletionLoop() : thread_([this] { Run(); }) {}

bool CompletionLoop::IsThisThread() const {
  return std::this_thread::get_id() == thread_.get_id();
}

void CompletionLoop::Run() {
  while (true) {
    void* tag = nullptr;
    bool ok = false;
    // gRPC takes a time before 1970 for "never".
    const absl::Time until = std::max(NextWakeUp(), absl::UnixEpoch());
    const auto next = queue_.AsyncNext(&tag, &ok, absl::ToChronoTime(until));
    if (next == grpc::CompletionQueue::GOT_EVENT) {
      static_cast<CompletionTag*>(tag)->OnComplete(ok);
    }
    RunTimers();
  }
}

absl::Time CompletionLoop::NextWakeUp() {
  const absl::Time now = absl::Now();
  absl::MutexLock lock(&mutex_);
  // A time that was waited for is kept until it passes, though its timer is
  // gone: nearly all are removed before they are due, and a next one, which is
  // due later, then costs no wake-up of its own.
  const bool passed = wakes_at_ <= now;
  wakes_at_ = passed ? timers_.next() : std::min(wakes_at_, timers_.next());
  return wakes_at_;
}

void CompletionLoop::RunTimers() {
  std::vector<TimerQueue::Callback> due;
  {
    absl::MutexLock lock(&mutex_);
    if (timers_.next() == absl::InfiniteFuture()) return;
    due = timers_.TakeDue(absl::Now());
  }
  for (TimerQueue::Callback& callback : due) {
    std::move(callback)();
    callback = nullptr;
  }
}

TimerQueue::Id CompletionLoop::AddTimer(absl::Time when,
                                        TimerQueue::Callback callback) {
  bool too_late = false;
  TimerQueue::Id id;
  {
    absl::MutexLock lock(&mutex_);
    id = timers_.Add(when, std::move(callback));
    too_late = when < wakes_at_;
    if (too_late) wakes_at_ = when;
  }
  if (too_late && !IsThisThread()) WakeUp::Send(&queue_);
  return id;
}

void CompletionLoop::RemoveTimer(const TimerQueue::Id& id) {
  // Destroyed without the lock: what it holds may come back here.
  TimerQueue::Callback removed;
  absl::MutexLock lock(&mutex_);
  removed = timers_.Remove(id);
}

}  // namespace keyhold
