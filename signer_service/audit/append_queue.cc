#include "signer_service/audit/append_queue.h"

#include <algorithm>
#include <utility>

#include "absl/time/clock.h"
#include "signer_service/audit/audit_errors.h"

namespace keyhold {

AppendQueue::AppendQueue(std::function<void()> on_stall)
    : on_stall_(std::move(on_stall)), timekeeper_([this] { KeepTime(); }) {}

AppendQueue::~AppendQueue() {
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    ending_ = true;
    timer_.Signal();
  }
  timekeeper_.join();
  Answer(AuditClosedError());
  Take(absl::InfinitePast());
  Answer(AuditClosedError());
}

void AppendQueue::Push(AuditBatch records, absl::Time deadline, Done done) {
  const size_t bytes = records.bytes();
  auto waiting = std::make_unique<Waiting>(
      Waiting{std::move(records), deadline, std::move(done)});
  absl::Status refusal;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) {
      refusal = AuditClosedError();
    } else if (queued_bytes_ + bytes > kMaxBytes) {
      refusal = AuditQueueFullError();
    } else {
      if (queue_.empty()) work_.Signal();
      if (deadline < timer_at_) timer_.Signal();
      queued_bytes_ += bytes;
      queue_.push_back(std::move(waiting));
      return;
    }
  }
  std::move(waiting->done)(refusal);
}

void AppendQueue::Wake() {
  absl::MutexLock lock(&mutex_);
  woken_ = true;
  work_.Signal();
}

void AppendQueue::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  work_.Signal();
}

bool AppendQueue::closed() const {
  absl::MutexLock lock(&mutex_);
  return closed_;
}

std::vector<const AuditBatch*> AppendQueue::Take(absl::Time until) {
  absl::MutexLock lock(&mutex_);
  while (queue_.empty() && !woken_ && !closed_) {
    if (work_.WaitWithDeadline(&mutex_, until)) break;
  }
  woken_ = false;
  taken_ = std::move(queue_);
  queue_.clear();
  if (!taken_.empty()) taken_at_ = absl::Now();
  queued_bytes_ = 0;
  std::vector<const AuditBatch*> batches;
  batches.reserve(taken_.size());
  for (const auto& waiting : taken_) batches.push_back(&waiting->records);
  return batches;
}

void AppendQueue::Answer(const absl::Status& status) {
  std::vector<std::unique_ptr<Waiting>> answered;
  {
    absl::MutexLock lock(&mutex_);
    answered = std::move(taken_);
    taken_.clear();
  }
  for (const auto& waiting : answered) {
    if (waiting->done) std::move(waiting->done)(status);
  }
}

absl::Time AppendQueue::EarliestDeadline() const {
  absl::Time earliest = absl::InfiniteFuture();
  for (const auto* list : {&queue_, &taken_}) {
    for (const auto& waiting : *list) {
      if (waiting->done) earliest = std::min(earliest, waiting->deadline);
    }
  }
  return earliest;
}

std::vector<AppendQueue::Done> AppendQueue::TakeExpired(absl::Time now) {
  std::vector<Done> expired;
  const auto take = [&](const std::unique_ptr<Waiting>& waiting) {
    if (!waiting->done || waiting->deadline > now) return false;
    expired.push_back(std::exchange(waiting->done, nullptr));
    return true;
  };
  // The writer reads those that it has taken; the others need no record any
  // more, since nothing of theirs is released.
  for (const auto& waiting : taken_) take(waiting);
  queue_.erase(std::remove_if(queue_.begin(), queue_.end(),
                              [&](const std::unique_ptr<Waiting>& waiting) {
                                if (!take(waiting)) return false;
                                queued_bytes_ -= waiting->records.bytes();
                                return true;
                              }),
               queue_.end());
  return expired;
}

void AppendQueue::KeepTime() {
  mutex_.Lock();
  while (!ending_) {
    timer_at_ = EarliestDeadline();
    timer_.WaitWithDeadline(&mutex_, timer_at_);
    const absl::Time now = absl::Now();
    std::vector<Done> expired = TakeExpired(now);
    if (expired.empty()) continue;
    const bool stalls = !taken_.empty() && now - taken_at_ > kStall;
    mutex_.Unlock();
    if (stalls) on_stall_();
    for (Done& done : expired) std::move(done)(AuditStalledError());
    mutex_.Lock();
  }
  mutex_.Unlock();
}

}  // namespace keyhold
