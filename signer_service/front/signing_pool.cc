#include "signer_service/front/signing_pool.h"

#include <utility>

namespace keyhold {

SigningPool::SigningPool(size_t threads) {
  for (size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

SigningPool::~SigningPool() {
  absl::flat_hash_map<std::string, Queues> dropped;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    dropped.swap(waiting_);
    line_.clear();
  }
  dropped.clear();
  for (std::thread& thread : threads_) thread.join();
}

void SigningPool::Schedule(std::shared_ptr<SigningQueue> queue) {
  absl::MutexLock lock(&mutex_);
  if (stopping_) return;
  const auto [owner, is_new] = waiting_.try_emplace(queue->owner());
  if (is_new) line_.push_back(owner->first);
  owner->second.push_back(std::move(queue));
}

std::shared_ptr<SigningQueue> SigningPool::TakeNext() {
  const auto owner = waiting_.find(line_.front());
  Queues& queues = owner->second;
  std::shared_ptr<SigningQueue> next = std::move(queues.front());
  queues.pop_front();
  if (queues.empty()) {
    waiting_.erase(owner);
  } else {
    line_.push_back(std::move(line_.front()));
  }
  line_.pop_front();
  return next;
}

void SigningPool::Work() {
  while (true) {
    std::shared_ptr<SigningQueue> queue;
    {
      absl::MutexLock lock(&mutex_);
      const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        return stopping_ || !line_.empty();
      };
      mutex_.Await(absl::Condition(&ready));
      if (stopping_) return;
      queue = TakeNext();
    }
    queue->TakeTurn();
  }
}

}  // namespace keyhold
