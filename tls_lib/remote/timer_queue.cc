#include "tls_lib/remote/timer_queue.h"

namespace keyhold {

TimerQueue::Id TimerQueue::Add(absl::Time when, Callback callback) {
  const Id id{when, ++last_number_};
  timers_.emplace(Key(id.when, id.number), std::move(callback));
  return id;
}

TimerQueue::Callback TimerQueue::Remove(const Id& id) {
  const auto found = timers_.find(Key(id.when, id.number));
  if (found == timers_.end()) return nullptr;
  Callback callback = std::move(found->second);
  timers_.erase(found);
  return callback;
}

std::vector<TimerQueue::Callback> TimerQueue::TakeDue(absl::Time now) {
  std::vector<Callback> due;
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    due.push_back(std::move(timers_.begin()->second));
    timers_.erase(timers_.begin());
  }
  return due;
}

absl::Time TimerQueue::next() const {
  return timers_.empty() ? absl::InfiniteFuture()
                         : timers_.begin()->first.first;
}

}  // namespace keyhold
