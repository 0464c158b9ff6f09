#include "tests/fakes/fake_faults.h"

#include <utility>

namespace keyhold {

void FakeFaults::Next(FakeRpc rpc, FakeFault fault) {
  absl::MutexLock lock(&mutex_);
  next_[rpc].push_back(std::move(fault));
}

void FakeFaults::Always(FakeRpc rpc, std::optional<FakeFault> fault) {
  absl::MutexLock lock(&mutex_);
  always_.erase(rpc);
  if (fault.has_value()) always_.emplace(rpc, *std::move(fault));
}

void FakeFaults::HoldSigns() {
  absl::MutexLock lock(&mutex_);
  holding_ = true;
}

void FakeFaults::ReleaseSigns() {
  absl::MutexLock lock(&mutex_);
  holding_ = false;
}

void FakeFaults::WaitForHeldSigns(int count) {
  absl::MutexLock lock(&mutex_);
  const auto enough = [this, count]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return held_ > 0 && held_ + queued_ >= count;
  };
  mutex_.Await(absl::Condition(&enough));
}

void FakeFaults::Queued(int change) {
  absl::MutexLock lock(&mutex_);
  queued_ += change;
}

FakeFault FakeFaults::Take(FakeRpc rpc) {
  std::deque<FakeFault>& waiting = next_[rpc];
  if (!waiting.empty()) {
    FakeFault fault = std::move(waiting.front());
    waiting.pop_front();
    return fault;
  }
  const auto always = always_.find(rpc);
  return always == always_.end() ? FakeFault{} : always->second;
}

FakeFault FakeFaults::Begin(FakeRpc rpc) {
  FakeFault fault;
  {
    absl::MutexLock lock(&mutex_);
    fault = Take(rpc);
  }
  if (fault.first) fault.first();
  absl::MutexLock lock(&mutex_);
  mutex_.AwaitWithTimeout(absl::Condition(&stopping_), fault.delay);
  if (rpc == FakeRpc::kSign && !MayGoOn()) {
    ++held_;
    mutex_.Await(absl::Condition(this, &FakeFaults::MayGoOn));
    --held_;
  }
  return fault;
}

void FakeFaults::SetStopping(bool stopping) {
  absl::MutexLock lock(&mutex_);
  stopping_ = stopping;
}

}  // namespace keyhold
