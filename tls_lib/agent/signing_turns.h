// Turns of users, so that none waits behind all that another has asked for.
#ifndef KEYHOLD_TLS_LIB_AGENT_SIGNING_TURNS_H_
#define KEYHOLD_TLS_LIB_AGENT_SIGNING_TURNS_H_

#include <sys/types.h>

#include <cstddef>
#include <list>
#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"

namespace keyhold {

// At most so many signatures are with the signer at a time. What is beyond
// them waits here: each place that gets free goes to the next user who waits,
// and of his signatures to the oldest. Below the bound nothing ever waits.
//
// Thread-safe; outlives its Turns.
class SigningTurns {
 public:
  using Begin = absl::AnyInvocable<void() &&>;

  // A signature's place, in the queue or at the signer. Destroying it gives
  // the place up, and begins the next signature, on this thread.
  class Turn {
   public:
    ~Turn() { turns_.Leave(*this); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    friend class SigningTurns;
    Turn(SigningTurns& turns, uid_t uid) : turns_(turns), uid_(uid) {}

    SigningTurns& turns_;
    const uid_t uid_;
    // Both under turns_.mutex_. Whether it is in the queue, and where.
    bool waiting_ = false;
    std::list<Turn*>::iterator place_;
    Begin begin_;
  };

  explicit SigningTurns(size_t most) : most_(most) {}

  // `begin` runs once, unless the Turn is destroyed before: inside this call
  // if there is a place, else on the thread of whoever leaves one.
  std::unique_ptr<Turn> Enter(uid_t uid, Begin begin);

 private:
  using Queue = std::list<Turn*>;

  void Leave(Turn& turn);
  // The next who waits, taken out of the queue; null if nobody does.
  Begin TakeNext() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t most_;
  absl::Mutex mutex_;
  // Turns that do not wait.
  size_t running_ ABSL_GUARDED_BY(mutex_) = 0;
  // Of users of whom something waits, and these users in the order of their
  // turns.
  absl::flat_hash_map<uid_t, Queue> waiting_ ABSL_GUARDED_BY(mutex_);
  std::list<uid_t> users_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_SIGNING_TURNS_H_
