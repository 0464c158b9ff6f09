#include "tls_lib/agent/signing_turns.h"

#include <utility>

namespace keyhold {

std::unique_ptr<SigningTurns::Turn> SigningTurns::Enter(uid_t uid,
                                                        Begin begin) {
  std::unique_ptr<Turn> turn(new Turn(*this, uid));
  {
    absl::MutexLock lock(&mutex_);
    if (running_ >= most_) {
      Queue& queue = waiting_[uid];
      if (queue.empty()) users_.push_back(uid);
      turn->waiting_ = true;
      turn->begin_ = std::move(begin);
      turn->place_ = queue.insert(queue.end(), turn.get());
      return turn;
    }
    ++running_;
  }
  std::move(begin)();
  return turn;
}

SigningTurns::Begin SigningTurns::TakeNext() {
  if (users_.empty()) return nullptr;
  const uid_t uid = users_.front();
  users_.pop_front();
  const auto queue = waiting_.find(uid);
  Turn& turn = *queue->second.front();
  queue->second.pop_front();
  if (queue->second.empty()) {
    waiting_.erase(queue);
  } else {
    users_.push_back(uid);
  }
  turn.waiting_ = false;
  ++running_;
  return std::move(turn.begin_);
}

void SigningTurns::Leave(Turn& turn) {
  Begin next;
  {
    absl::MutexLock lock(&mutex_);
    if (turn.waiting_) {
      const auto queue = waiting_.find(turn.uid_);
      queue->second.erase(turn.place_);
      if (queue->second.empty()) {
        waiting_.erase(queue);
        users_.remove(turn.uid_);
      }
      return;
    }
    --running_;
    next = TakeNext();
  }
  if (next != nullptr) std::move(next)();
}

}  // namespace keyhold
