// Remembers which scheme the service chose, so that a handshake costs one
// remote call (the signature) and not two.
#ifndef KEYHOLD_TLS_LIB_REMOTE_SCHEME_CHOICE_CACHE_H_
#define KEYHOLD_TLS_LIB_REMOTE_SCHEME_CHOICE_CACHE_H_

#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tls_lib/core/pending.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signing_context.h"

namespace keyhold {

// The choices for one key. Nothing in a Question comes raw from a stranger: a
// peer that permutes its list, adds GREASE or invents names asks the same
// question again.
//
// A choice holds for the policy_version of the signer that made it: while
// signers differ, as they do when a policy is rolled out, each one's choices
// are kept beside the others'. Refusals (no common scheme, PermissionDenied)
// hold likewise, but no longer than `refusal_lifetime`: a key that is only ever
// refused would otherwise never hear of a change. Any other error is a failure
// to ask, and never kept.
//
// Thread-safe. Bounded: the entry used longest ago makes room.
class SchemeChoiceCache {
 public:
  struct Question {
    Role role;
    TlsVersion version;
    // SigningContext.server_name: the resolver entry's name.
    std::string server_name;
    // The offered schemes that the key can make: bit i is AllSchemes()[i].
    uint32_t usable;

    friend bool operator==(const Question& a, const Question& b) {
      return a.role == b.role && a.version == b.version &&
             a.usable == b.usable && a.server_name == b.server_name;
    }
    template <typename H>
    friend H AbslHashValue(H h, const Question& q) {
      return H::combine(std::move(h), q.role, q.version, q.server_name,
                        q.usable);
    }
  };

  struct Answer {
    absl::StatusOr<SignatureScheme> choice;
    // As the answer or the refusal states it; empty if it does not.
    std::string policy_version;
  };
  // Asks the service, until the deadline that was given to Get.
  using Ask = absl::FunctionRef<Answer()>;

  struct Options {
    size_t max_entries = 4096;
    absl::Duration refusal_lifetime = absl::Seconds(1);
    std::function<absl::Time()> clock = absl::Now;
  };

  explicit SchemeChoiceCache(Options options) : options_(std::move(options)) {}

  // The answer that is kept for `question` and `policy_version`, which is that
  // of the signer that would be asked; else what `ask` says. Callers with one
  // question at one time share one `ask`, each waiting until its own `deadline`
  // (then DeadlineExceeded); one that has longer than the caller that asked in
  // vain asks again.
  absl::StatusOr<SignatureScheme> Get(const Question& question,
                                      absl::string_view policy_version,
                                      absl::Time deadline, Ask ask);

  // The answer that is kept for `question`. Null: it would have to be asked.
  std::optional<absl::StatusOr<SignatureScheme>> TryGet(
      const Question& question, absl::string_view policy_version);

  // Begins to ask the service, until `deadline`, without blocking. Its answer
  // goes to the callback, once, which may be on another thread.
  using StartAsk = std::function<std::unique_ptr<Pending>(
      absl::Time deadline, absl::AnyInvocable<void(Answer) &&>)>;
  using Waiter =
      absl::AnyInvocable<void(const absl::StatusOr<SignatureScheme>&) &&>;

  // As Get, without blocking: an answer that is kept is returned; otherwise
  // `waiter` gets it, maybe before the return, and null is returned. Shares
  // its question with those that Get asks, and they with it. What `start_ask`
  // began goes on to its end, whoever is still interested, and keeps this
  // cache alive: `start_ask` has to hold it. The caller sees to it that the
  // waiter does not wait for longer than `deadline`.
  std::optional<absl::StatusOr<SignatureScheme>> GetLater(
      const Question& question, absl::string_view policy_version,
      absl::Time deadline, StartAsk start_ask, Waiter waiter);

  // Drops the answers to `question` that are `scheme`: the service refused it.
  void Forget(const Question& question, SignatureScheme scheme);

  size_t size() const;

 private:
  // A question to signers of one policy.
  using Key = std::pair<Question, std::string>;
  struct Entry {
    Key key;
    absl::StatusOr<SignatureScheme> choice;
    absl::Time expires;
  };
  // One `ask` that is under way.
  struct Flight {
    explicit Flight(absl::Time d) : deadline(d) {}
    const absl::Time deadline;
    std::optional<absl::StatusOr<SignatureScheme>> choice;
    // Notified after `choice` is written, which then stays.
    absl::Notification landed;
    // Called when it has landed. Guarded by the cache's mutex_ before.
    std::vector<Waiter> waiters;
    // Of GetLater: what asks. Written by whoever began, and by nobody else.
    std::unique_ptr<Pending> asking;
  };
  using Entries = std::list<Entry>;

  absl::StatusOr<SignatureScheme> Lead(const Key& key, Flight& flight, Ask ask);
  // The flight of `question`, which begins if there is none.
  std::shared_ptr<Flight> Board(const Question& question, absl::Time deadline,
                                bool* leads)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // `key`: as it was asked.
  void Land(const Key& key, Flight& flight, const Answer& answer);
  std::optional<absl::StatusOr<SignatureScheme>> Find(const Key& key)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Keep(Key key, const absl::StatusOr<SignatureScheme>& choice)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Drop(Entries::iterator entry) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  mutable absl::Mutex mutex_;
  // Used last first.
  Entries entries_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Key, Entries::iterator> index_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_map<Question, std::shared_ptr<Flight>> flights_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_SCHEME_CHOICE_CACHE_H_
