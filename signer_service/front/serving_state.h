// What the service answers from, exchanged as a whole by a reload.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_SERVING_STATE_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_SERVING_STATE_H_

#include <atomic>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "signer_service/keys/key_catalog.h"
#include "signer_service/policy/identity.h"
#include "signer_service/policy/policy.h"

namespace keyhold {

// Immutable, thread-safe.
class ServingSnapshot {
 public:
  ServingSnapshot(std::shared_ptr<const KeyCatalog> catalog, Policy policy);

  const KeyCatalog& catalog() const { return *catalog_; }
  const Policy& policy() const { return policy_; }
  // SHA-256, cut to 16 bytes, over all that decides about a request: equal in
  // any process that has the same keys and an equal policy.
  const std::string& policy_version() const { return policy_version_; }

 private:
  std::shared_ptr<const KeyCatalog> catalog_;
  Policy policy_;
  std::string policy_version_;
};

// One caller under one snapshot. Immutable, thread-safe.
struct CallerView {
  CallerView(std::shared_ptr<const ServingSnapshot> snapshot_in,
             Identity identity_in)
      : snapshot(std::move(snapshot_in)),
        identity(std::move(identity_in)),
        is_agent(snapshot->policy().IsAgent(identity)),
        policy(snapshot->policy().For(identity)) {}

  const std::shared_ptr<const ServingSnapshot> snapshot;
  const Identity identity;
  // Whether he may say for which local user he asks.
  const bool is_agent;
  // Refers to *snapshot.
  const CallerPolicy policy;
};

// Thread-safe.
class ServingState {
 public:
  explicit ServingState(std::shared_ptr<const ServingSnapshot> snapshot)
      : snapshot_(std::move(snapshot)) {}

  // Never null.
  std::shared_ptr<const ServingSnapshot> Get() const {
    absl::ReaderMutexLock lock(&mutex_);
    return snapshot_;
  }
  // Requests that are under way end with the snapshot that they began with.
  void Set(std::shared_ptr<const ServingSnapshot> snapshot) {
    absl::MutexLock lock(&mutex_);
    snapshot_ = std::move(snapshot);
  }

  // From now on new requests are refused. Cannot be undone.
  void BeginDrain() { draining_.store(true, std::memory_order_release); }
  // For a while nothing can be signed, as health says; calls learn it from the
  // vault.
  void SetPaused(bool paused) {
    paused_.store(paused, std::memory_order_release);
  }
  bool paused() const { return paused_.load(std::memory_order_acquire); }
  bool draining() const { return draining_.load(std::memory_order_acquire); }

 private:
  mutable absl::Mutex mutex_;
  std::shared_ptr<const ServingSnapshot> snapshot_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> draining_{false};
  std::atomic<bool> paused_{false};
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SERVING_STATE_H_
