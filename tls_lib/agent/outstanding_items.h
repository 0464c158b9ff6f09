// The signatures that a connection waits for.
#ifndef KEYHOLD_TLS_LIB_AGENT_OUTSTANDING_ITEMS_H_
#define KEYHOLD_TLS_LIB_AGENT_OUTSTANDING_ITEMS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "daemon/unix_peer.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/agent/agent_settings.h"
#include "tls_lib/agent/signing_turns.h"
#include "tls_lib/agent/user_budgets.h"
#include "tls_lib/core/pending.h"

namespace keyhold {

// An item is outstanding from Add until Take, and counted in its user's
// budget so long. It waits for a listing of keys, or for its turn, or is being
// signed.
//
// Thread-safe. Never destroys a Pending or a Turn under its lock, which the
// Pending's callback, or what begins next, may want.
class OutstandingItems {
 public:
  // An item that waits for the ids of its key.
  struct Waiting {
    signer::v1::SignRequest request;
    absl::Time deadline;
    // The number of the listing that will tell.
    uint64_t listing;
  };

  // What goes with an item; destroying it cancels, and then begins the next.
  class Item {
   private:
    friend class OutstandingItems;
    int64_t bytes_ = 0;
    // Destroyed after pending_.
    std::unique_ptr<SigningTurns::Turn> turn_;
    std::unique_ptr<Pending> pending_;
    std::optional<Waiting> waiting_;
  };

  // `user` outlives this.
  explicit OutstandingItems(UserBudget& user) : user_(user) {}
  ~OutstandingItems() { Clear(); }

  // InvalidArgument: the id is that of another item. ResourceExhausted: there
  // are as many as there may be, of the connection or of the user `peer`.
  absl::Status Add(const signer::v1::SignRequest& request, const UnixPeer& peer,
                   const AgentLimits& limits);
  // What to cancel with the item, and its place at the signer, which it gives
  // up. Done at once if it is not outstanding.
  void SetPending(uint64_t id, std::unique_ptr<Pending> pending);
  void SetTurn(uint64_t id, std::unique_ptr<SigningTurns::Turn> turn);
  void SetWaiting(Waiting waiting);
  // Null if it is not outstanding, any more.
  std::optional<Item> Take(uint64_t id);
  // Take, and let it go. False if it is not outstanding.
  bool Remove(uint64_t id) { return Take(id).has_value(); }
  bool Contains(uint64_t id) const;
  // Cancels all.
  void Clear();
  bool empty() const;

  // Those that wait for this listing or an earlier one; they stay
  // outstanding, but do not wait any more.
  std::vector<Waiting> TakeWaiting(uint64_t listing);
  // Those that wait and whose time has passed; null if none waits at all.
  std::optional<std::vector<uint64_t>> Late(absl::Time now) const;

 private:
  UserBudget& user_;
  mutable absl::Mutex mutex_;
  absl::flat_hash_map<uint64_t, Item> items_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_OUTSTANDING_ITEMS_H_
