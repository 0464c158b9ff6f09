// What a FakeSigner is told to do wrong.
#ifndef KEYHOLD_TESTS_FAKES_FAKE_FAULTS_H_
#define KEYHOLD_TESTS_FAKES_FAKE_FAULTS_H_

#include <deque>
#include <functional>
#include <map>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"

namespace keyhold {

enum class FakeRpc { kListKeys, kGetKey, kChooseScheme, kSign, kSignStream };

// How a signature is spoilt.
enum class FakeDamage {
  kNone,
  kWrong,        // of the right form, over something else
  kTruncated,    // half of it
  kEmpty,        //
  kOtherScheme,  // answered with another scheme than asked for
};

// One thing that goes wrong, in this order.
struct FakeFault {
  // Runs on the service's thread, before anything else.
  std::function<void()> first;
  absl::Duration delay;
  // If not OK: the answer, with its ErrorReason.
  absl::Status error;
  FakeDamage damage = FakeDamage::kNone;
};

// Items of SignStream count as kSign. Thread-safe.
class FakeFaults {
 public:
  // The next call of `rpc` that has no fault yet.
  void Next(FakeRpc rpc, FakeFault fault);
  // All calls that have none of their own, until told otherwise.
  void Always(FakeRpc rpc, std::optional<FakeFault> fault);

  // From now on signs wait, until ReleaseSigns.
  void HoldSigns();
  void ReleaseSigns();
  // Returns once `count` signs are waiting: held, or behind a held one on a
  // stream.
  void WaitForHeldSigns(int count);

  // For FakeSigner: the fault of a call that begins, whose `first` and
  // `delay` are done.
  FakeFault Begin(FakeRpc rpc);
  // An item of a stream begins to wait for its turn, or ends that.
  void Queued(int change);
  // Ends all waits, now and until `stopping` is false again.
  void SetStopping(bool stopping);

 private:
  FakeFault Take(FakeRpc rpc) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MayGoOn() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return !holding_ || stopping_;
  }

  absl::Mutex mutex_;
  std::map<FakeRpc, std::deque<FakeFault>> next_ ABSL_GUARDED_BY(mutex_);
  std::map<FakeRpc, FakeFault> always_ ABSL_GUARDED_BY(mutex_);
  bool holding_ ABSL_GUARDED_BY(mutex_) = false;
  int held_ ABSL_GUARDED_BY(mutex_) = 0;
  int queued_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_FAKES_FAKE_FAULTS_H_
