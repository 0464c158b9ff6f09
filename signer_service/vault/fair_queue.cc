#include "signer_service/vault/fair_queue.h"

#include <iterator>
#include <utility>

namespace keyhold {

std::vector<WaitingJob> FairQueue::Add(std::vector<WaitingJob> jobs) {
  std::vector<WaitingJob> refused;
  absl::MutexLock lock(&mutex_);
  if (closed_) return jobs;
  for (WaitingJob& job : jobs) {
    const auto found = waiting_.find(job.job.hop.identity);
    const size_t of_identity =
        found == waiting_.end() ? 0 : found->second.size();
    if (size_ >= limits_.jobs || of_identity >= limits_.jobs_of_identity) {
      refused.push_back(std::move(job));
      continue;
    }
    const std::string identity = job.job.hop.identity;
    if (of_identity == 0) line_.push_back(identity);
    waiting_[identity].push_back(std::move(job));
    ++size_;
  }
  return refused;
}

std::vector<WaitingJob> FairQueue::TakeTurn() {
  absl::MutexLock lock(&mutex_);
  const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return closed_ || !line_.empty();
  };
  mutex_.Await(absl::Condition(&ready));
  if (closed_) return {};
  return TakeHead((size_ + threads_ - 1) / threads_, kCostOfTurn);
}

std::optional<WaitingJob> FairQueue::TryTakeOne(int most) {
  absl::MutexLock lock(&mutex_);
  if (line_.empty() || waiting_[line_.front()].front().cost > most) {
    return std::nullopt;
  }
  return std::move(TakeHead(1, most).front());
}

std::vector<WaitingJob> FairQueue::TakeHead(size_t most, int cost) {
  std::vector<WaitingJob> taken;
  std::string identity = std::move(line_.front());
  line_.pop_front();
  const auto found = waiting_.find(identity);
  std::deque<WaitingJob>& jobs = found->second;
  while (!jobs.empty() && taken.size() < most &&
         (taken.empty() || jobs.front().cost <= cost)) {
    cost -= jobs.front().cost;
    taken.push_back(std::move(jobs.front()));
    jobs.pop_front();
  }
  size_ -= taken.size();
  if (jobs.empty()) {
    waiting_.erase(found);
  } else {
    line_.push_back(std::move(identity));
  }
  return taken;
}

std::vector<WaitingJob> FairQueue::Close() {
  std::vector<WaitingJob> rest;
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  for (auto& [identity, jobs] : waiting_) {
    rest.insert(rest.end(), std::make_move_iterator(jobs.begin()),
                std::make_move_iterator(jobs.end()));
  }
  waiting_.clear();
  line_.clear();
  size_ = 0;
  return rest;
}

}  // namespace keyhold
