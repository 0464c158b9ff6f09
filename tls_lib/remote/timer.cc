#include "tls_lib/remote/timer.h"

#include <memory>
#include <utility>

#include "tls_lib/core/one_shot.h"
#include "tls_lib/remote/completion_loop.h"

namespace keyhold {
namespace {

class TimerHandle final : public Pending {
 public:
  TimerHandle(std::shared_ptr<OneShot<bool>> once, const TimerQueue::Id& id)
      : once_(std::move(once)), id_(id) {}
  ~TimerHandle() override {
    CompletionLoop::Get().RemoveTimer(id_);
    once_->Cancel();
  }

 private:
  const std::shared_ptr<OneShot<bool>> once_;
  const TimerQueue::Id id_;
};

}  // namespace

std::unique_ptr<Pending> StartTimer(absl::Time when,
                                    absl::AnyInvocable<void() &&> done) {
  auto once = std::make_shared<OneShot<bool>>(
      [done = std::move(done)](bool) mutable { std::move(done)(); });
  const TimerQueue::Id id =
      CompletionLoop::Get().AddTimer(when, [once] { once->Deliver(true); });
  return std::make_unique<TimerHandle>(std::move(once), id);
}

}  // namespace keyhold
