// The private keys that a vault holds at one moment.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_KEY_SET_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_KEY_SET_H_

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "signer_service/core/usage_set.h"
#include "signer_service/engines/engine_key.h"
#include "signer_service/vault/vault.h"

namespace keyhold {

// A private key as it was read from its file. Thread-safe.
class LoadedKey {
 public:
  explicit LoadedKey(EngineKey key) : key_(std::move(key)) {}

  const EngineKey& key() const { return key_; }
  // Set once a signature of it failed its checks twice: it may be damaged in
  // memory, and signs no more until its file is read again.
  bool quarantined() const {
    return quarantined_.load(std::memory_order_relaxed);
  }
  void Quarantine() const { quarantined_.store(true); }

 private:
  const EngineKey key_;
  mutable std::atomic<bool> quarantined_{false};
};

struct HeldKey {
  std::string id;
  std::string label;
  UsageSet usage_ceiling;
  // Shared with the sets before and after this one, if the file was the same.
  std::shared_ptr<const LoadedKey> loaded;
};

// Immutable, thread-safe. A look-up's time does not depend on the number of
// keys.
class KeySet {
 public:
  KeySet() = default;
  KeySet(const KeySet&) = delete;
  KeySet& operator=(const KeySet&) = delete;

  // Reads `files` into a new set: Vault::ReplaceKeys says how. `previous`
  // gives the last good keys.
  struct Replacement {
    std::shared_ptr<const KeySet> keys;
    std::vector<KeyFileOutcome> outcomes;
  };
  static Replacement Replace(const KeySet& previous,
                             std::vector<KeyFile> files);

  // Null if there is none. Owned by this set.
  const HeldKey* FindBySpkiSha256(absl::string_view spki_sha256) const;
  const HeldKey* FindByName(absl::string_view id,
                            absl::string_view label) const;
  size_t size() const { return keys_.size(); }

 private:
  friend class KeySetBuilder;

  std::vector<std::unique_ptr<const HeldKey>> keys_;
  // Keys of the maps are views into keys_.
  absl::flat_hash_map<absl::string_view, const HeldKey*> by_spki_sha256_;
  absl::flat_hash_map<std::pair<absl::string_view, absl::string_view>,
                      const HeldKey*>
      by_name_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_KEY_SET_H_
