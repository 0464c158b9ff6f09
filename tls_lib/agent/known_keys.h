// Which ids the signer's keys have, for rules that name keys by id.
#ifndef KEYHOLD_TLS_LIB_AGENT_KNOWN_KEYS_H_
#define KEYHOLD_TLS_LIB_AGENT_KNOWN_KEYS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "keyhold/signer/v1/key.pb.h"

namespace keyhold {

// A thread asks the signer for its list of keys: at the start, every
// kInterval, and when somebody asks for it (no oftener than every kPause, so
// that invented keys cost the signer nothing). What was learnt last is kept
// while no signer answers.
//
// Thread-safe.
class KnownKeys {
 public:
  static constexpr absl::Duration kInterval = absl::Seconds(60);
  static constexpr absl::Duration kPause = absl::Seconds(1);

  using Ids = std::shared_ptr<const std::vector<std::string>>;
  // Lists all keys; blocks, but not for ever.
  using List =
      absl::AnyInvocable<absl::StatusOr<std::vector<signer::v1::Key>>() const>;
  // Each time that a listing ended: its number and how it went. On the
  // thread; must not block.
  using OnListed = absl::AnyInvocable<void(uint64_t number, absl::Status)>;

  KnownKeys(List list, OnListed on_listed);
  // Waits for a listing that is under way.
  ~KnownKeys();

  // The ids of the key. Null: no list was had yet, or the last one did not
  // have the key.
  Ids IdsOf(absl::string_view spki_sha256) const;

  // Asks for a listing. Returns the number of the first that begins after
  // this call: when on_listed has had it, or a later one, IdsOf knows all.
  uint64_t Refresh();
  // From now on `list` is asked: once more, at once.
  void SetList(List list);

 private:
  using Map = absl::flat_hash_map<std::string, Ids>;

  void Work();
  bool wanted() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return stopping_ || wanted_ > begun_;
  }

  OnListed on_listed_;
  mutable absl::Mutex mutex_;
  std::shared_ptr<const List> list_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<const Map> keys_ ABSL_GUARDED_BY(mutex_);
  // Numbers of listings.
  uint64_t begun_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t wanted_ ABSL_GUARDED_BY(mutex_) = 1;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_KNOWN_KEYS_H_
