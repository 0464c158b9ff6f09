#include "tls_lib/agent/known_keys.h"

#include <utility>

namespace keyhold {

KnownKeys::KnownKeys(List list, OnListed on_listed)
    : on_listed_(std::move(on_listed)),
      list_(std::make_shared<const List>(std::move(list))),
      keys_(std::make_shared<const Map>()),
      thread_([this] { Work(); }) {}

KnownKeys::~KnownKeys() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

KnownKeys::Ids KnownKeys::IdsOf(absl::string_view spki_sha256) const {
  absl::MutexLock lock(&mutex_);
  const auto found = keys_->find(spki_sha256);
  return found == keys_->end() ? nullptr : found->second;
}

uint64_t KnownKeys::Refresh() {
  absl::MutexLock lock(&mutex_);
  wanted_ = begun_ + 1;
  return wanted_;
}

void KnownKeys::SetList(List list) {
  absl::MutexLock lock(&mutex_);
  list_ = std::make_shared<const List>(std::move(list));
  wanted_ = begun_ + 1;
}

void KnownKeys::Work() {
  while (true) {
    std::shared_ptr<const List> list;
    uint64_t number = 0;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.AwaitWithTimeout(absl::Condition(this, &KnownKeys::wanted),
                              kInterval);
      if (stopping_) return;
      list = list_;
      number = ++begun_;
    }
    absl::StatusOr<std::vector<signer::v1::Key>> listed = (*list)();
    if (listed.ok()) {
      absl::flat_hash_map<std::string, std::vector<std::string>> ids;
      for (signer::v1::Key& key : *listed) {
        ids[key.spki_sha256()].push_back(std::move(*key.mutable_id()));
      }
      auto keys = std::make_shared<Map>();
      for (auto& [spki, names] : ids) {
        keys->emplace(spki, std::make_shared<const std::vector<std::string>>(
                                std::move(names)));
      }
      absl::MutexLock lock(&mutex_);
      keys_ = std::move(keys);
    }
    on_listed_(number, listed.status());
    absl::MutexLock lock(&mutex_);
    mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kPause);
    if (stopping_) return;
  }
}

}  // namespace keyhold
