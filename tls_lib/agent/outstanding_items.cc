#include "tls_lib/agent/outstanding_items.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "tls_lib/agent/agent_errors.h"

namespace keyhold {

absl::Status OutstandingItems::Add(const signer::v1::SignRequest& request,
                                   const UnixPeer& peer,
                                   const AgentLimits& limits) {
  Item item;
  item.bytes_ = static_cast<int64_t>(request.ByteSizeLong());
  absl::MutexLock lock(&mutex_);
  if (items_.contains(request.id())) return IdInUseError(request.id());
  if (static_cast<int64_t>(items_.size()) >= limits.max_items_in_flight) {
    return TooManyItemsError("this connection has", limits.max_items_in_flight,
                             "max_items_in_flight");
  }
  if (!user_.TryTakeItem(limits.max_items_in_flight_per_user)) {
    return TooManyItemsError(absl::StrCat("uid ", peer.uid, " has"),
                             limits.max_items_in_flight_per_user,
                             "max_items_in_flight_per_user");
  }
  if (!user_.TryTakeBytes(item.bytes_, limits.max_bytes_per_user)) {
    user_.GiveItemBack();
    return TooManyBytesError(peer, limits.max_bytes_per_user);
  }
  items_.emplace(request.id(), std::move(item));
  return absl::OkStatus();
}

void OutstandingItems::SetPending(uint64_t id,
                                  std::unique_ptr<Pending> pending) {
  // What is of no use any more goes after the lock: this one, or that of an
  // item whose id was used again meanwhile.
  absl::MutexLock lock(&mutex_);
  const auto item = items_.find(id);
  if (item != items_.end()) item->second.pending_.swap(pending);
}

void OutstandingItems::SetTurn(uint64_t id,
                               std::unique_ptr<SigningTurns::Turn> turn) {
  absl::MutexLock lock(&mutex_);
  const auto item = items_.find(id);
  if (item != items_.end()) item->second.turn_ = std::move(turn);
}

void OutstandingItems::SetWaiting(Waiting waiting) {
  absl::MutexLock lock(&mutex_);
  const auto item = items_.find(waiting.request.id());
  if (item != items_.end()) item->second.waiting_ = std::move(waiting);
}

std::optional<OutstandingItems::Item> OutstandingItems::Take(uint64_t id) {
  absl::MutexLock lock(&mutex_);
  const auto found = items_.find(id);
  if (found == items_.end()) return std::nullopt;
  Item item = std::move(found->second);
  items_.erase(found);
  user_.GiveItemBack();
  user_.GiveBytesBack(item.bytes_);
  return item;
}

bool OutstandingItems::Contains(uint64_t id) const {
  absl::MutexLock lock(&mutex_);
  return items_.contains(id);
}

void OutstandingItems::Clear() {
  absl::flat_hash_map<uint64_t, Item> items;
  absl::MutexLock lock(&mutex_);
  items.swap(items_);
  for (const auto& [id, item] : items) {
    user_.GiveItemBack();
    user_.GiveBytesBack(item.bytes_);
  }
}

bool OutstandingItems::empty() const {
  absl::MutexLock lock(&mutex_);
  return items_.empty();
}

std::vector<OutstandingItems::Waiting> OutstandingItems::TakeWaiting(
    uint64_t listing) {
  std::vector<Waiting> taken;
  absl::MutexLock lock(&mutex_);
  for (auto& [id, item] : items_) {
    if (!item.waiting_.has_value() || item.waiting_->listing > listing)
      continue;
    taken.push_back(*std::exchange(item.waiting_, std::nullopt));
  }
  return taken;
}

std::optional<std::vector<uint64_t>> OutstandingItems::Late(
    absl::Time now) const {
  std::vector<uint64_t> late;
  bool waiting = false;
  absl::MutexLock lock(&mutex_);
  for (const auto& [id, item] : items_) {
    if (!item.waiting_.has_value()) continue;
    waiting = true;
    if (item.waiting_->deadline <= now) late.push_back(id);
  }
  if (!waiting) return std::nullopt;
  return late;
}

}  // namespace keyhold
