#include "tls_lib/remote/timer.h"

#include <algorithm>
#include <utility>

#include "grpcpp/alarm.h"
#include "tls_lib/core/one_shot.h"

namespace keyhold {
namespace {

struct State {
  explicit State(absl::AnyInvocable<void() &&> done)
      : once([done = std::move(done)](bool) mutable { std::move(done)(); }) {}

  OneShot<bool> once;
  grpc::Alarm alarm;
};

class TimerHandle final : public Pending {
 public:
  explicit TimerHandle(std::shared_ptr<State> state)
      : state_(std::move(state)) {}
  ~TimerHandle() override {
    state_->once.Cancel();
    state_->alarm.Cancel();
  }

 private:
  const std::shared_ptr<State> state_;
};

}  // namespace

std::unique_ptr<Pending> StartTimer(absl::Time when,
                                    absl::AnyInvocable<void() &&> done) {
  auto state = std::make_shared<State>(std::move(done));
  auto handle = std::make_unique<TimerHandle>(state);
  State* shared = state.get();
  // The alarm's callback always runs, also when it is cancelled. It is freed
  // with the alarm, so it must not keep the alarm by itself.
  auto* alive = new std::shared_ptr<State>(std::move(state));
  // gRPC takes a time before 1970 for "never".
  when = std::max(when, absl::UnixEpoch());
  shared->alarm.Set(absl::ToChronoTime(when), [alive](bool fired) {
    std::unique_ptr<std::shared_ptr<State>> last(alive);
    if (fired) (*last)->once.Deliver(true);
  });
  return handle;
}

}  // namespace keyhold
