// One signature: its attempts at one signer after the other, or at several.
// Includes gRPC, so for .cc files only.
#ifndef KEYHOLD_TLS_LIB_REMOTE_SIGN_CALL_H_
#define KEYHOLD_TLS_LIB_REMOTE_SIGN_CALL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/core/one_shot.h"
#include "tls_lib/core/pending.h"
#include "tls_lib/remote/endpoint_set.h"
#include "tls_lib/remote/retry_backoff.h"
#include "tls_lib/remote/sign_stream_client.h"
#include "tls_lib/remote/timer_queue.h"

namespace keyhold {

// An attempt that fails is followed by the next at another endpoint, at once;
// when all have failed, after a pause. One that has had its time (AttemptLimit,
// or the hedging delay) stays where it is and is joined by another elsewhere:
// the first signature counts, and the other attempts are cancelled.
//
// Lives as long as it has attempts or a timer; the handle only cancels.
//
// Thread-safe.
class SignCall final : public SignReceiver,
                       public EndpointSet::Call,
                       public std::enable_shared_from_this<SignCall> {
 public:
  using Result = absl::StatusOr<signer::v1::SignResponse>;
  using Done = absl::AnyInvocable<void(Result) &&>;

  // Begins. `problem`, if it is not OK, is the answer. `deadline` is finite.
  // `done` is not called inside Start.
  static std::unique_ptr<Pending> Start(std::shared_ptr<EndpointSet> set,
                                        signer::v1::SignRequest request,
                                        absl::Time deadline,
                                        absl::Status problem, Done done);

  // Only for Start.
  SignCall(std::shared_ptr<EndpointSet> set, signer::v1::SignRequest request,
           absl::Time deadline, Done done);

  void OnAnswer(const SignStreamClient& stream, uint64_t id,
                signer::v1::SignResponse response) override;
  void OnLost(const SignStreamClient& stream, uint64_t id,
              const absl::Status& status) override;
  void OnDoubt(const SignStreamClient& stream, uint64_t id) override;
  void OnRoom() override;
  void OnClose() override;

 private:
  class Handle;
  struct Attempt {
    EndpointSet::Place place;
    uint64_t id;
    absl::Time began;
    // When the request goes elsewhere too, and whether it has.
    absl::Time limit;
    bool passed = false;
    // When an endpoint that has said nothing is taken for silent; not earlier
    // than `limit`, which is earlier if it is a hedge.
    absl::Time overdue;
    bool reported = false;
  };

  // Starts an attempt at an endpoint that has not been tried, if there is one,
  // unless an attempt is at work. If there is none, and no attempt is under
  // way, the call ends with `if_none`, or if that is OK, it waits for an
  // endpoint.
  void Launch(const absl::Status& if_none = absl::OkStatus())
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Queues an attempt on the stream that is returned; null: there is nowhere
  // to go now.
  absl::StatusOr<std::shared_ptr<SignStreamClient>> Queue()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // As Queue, and waits if there is nowhere to go.
  absl::StatusOr<std::shared_ptr<SignStreamClient>> QueueOrWait()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Attempt NewAttempt(EndpointSet::Place place, uint64_t id)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether an attempt is under way that still has its time.
  bool IsAtWork() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Endpoints that get no attempt now: tried, or at work.
  EndpointSet::Tried Excluded() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::optional<Attempt> TakeAttempt(const SignStreamClient& stream,
                                     uint64_t id) ABSL_LOCKS_EXCLUDED(mutex_);
  void OnFailure(const Attempt& attempt, const absl::Status& failure);
  // "signer ENDPOINT: Sign with key …"
  std::string What(const SignerEndpoint& endpoint) const;
  // The same without a signer of which it could be said.
  absl::Status Prefixed(const absl::Status& status) const;
  void OnTimer();
  // Sets the timer to whatever comes next.
  void Arm() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Time NextEvent() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::Status OutOfTime();
  // Ends all attempts and, if this is the first end, delivers `result`.
  void End(std::optional<Result> result);
  void DeliverLater(absl::Status status);

  const std::shared_ptr<EndpointSet> set_;
  const signer::v1::SignRequest request_;
  const std::shared_ptr<const std::string> body_;
  const absl::Time deadline_;
  OneShot<Result> once_;

  absl::Mutex mutex_;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<Attempt> attempts_ ABSL_GUARDED_BY(mutex_);
  EndpointSet::Tried tried_ ABSL_GUARDED_BY(mutex_);
  // The last failure; OK if there was none.
  absl::Status before_ ABSL_GUARDED_BY(mutex_);
  RetryBackoff backoff_ ABSL_GUARDED_BY(mutex_);
  absl::Time retry_at_ ABSL_GUARDED_BY(mutex_) = absl::InfiniteFuture();
  std::optional<TimerQueue::Id> timer_ ABSL_GUARDED_BY(mutex_);
  std::optional<uint64_t> ticket_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_SIGN_CALL_H_
