#include "signer_service/front/signing_pool.h"

#include <utility>

namespace keyhold {

SigningPool::SigningPool(size_t threads) {
  for (size_t i = 0; i < threads; ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

SigningPool::~SigningPool() {
  std::deque<std::shared_ptr<SigningQueue>> dropped;
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
    dropped.swap(line_);
  }
  dropped.clear();
  for (std::thread& thread : threads_) thread.join();
}

void SigningPool::Schedule(std::shared_ptr<SigningQueue> queue) {
  absl::MutexLock lock(&mutex_);
  if (!stopping_) line_.push_back(std::move(queue));
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
      queue = std::move(line_.front());
      line_.pop_front();
    }
    queue->TakeTurn();
  }
}

}  // namespace keyhold
