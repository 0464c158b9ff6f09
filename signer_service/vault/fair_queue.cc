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
  std::vector<WaitingJob> turn;
  absl::MutexLock lock(&mutex_);
  const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return closed_ || !line_.empty();
  };
  mutex_.Await(absl::Condition(&ready));
  if (closed_) return turn;
  std::string identity = std::move(line_.front());
  line_.pop_front();
  const size_t share = (size_ + threads_ - 1) / threads_;
  const auto found = waiting_.find(identity);
  std::deque<WaitingJob>& jobs = found->second;
  int cost = 0;
  while (!jobs.empty() && turn.size() < share &&
         (turn.empty() || cost + jobs.front().cost <= kCostOfTurn)) {
    cost += jobs.front().cost;
    turn.push_back(std::move(jobs.front()));
    jobs.pop_front();
  }
  size_ -= turn.size();
  if (jobs.empty()) {
    waiting_.erase(found);
  } else {
    line_.push_back(std::move(identity));
  }
  return turn;
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
