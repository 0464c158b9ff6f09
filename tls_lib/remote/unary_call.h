// One unary call of the service, at one endpoint after the other. Includes
// gRPC, so for .cc files only.
#ifndef KEYHOLD_TLS_LIB_REMOTE_UNARY_CALL_H_
#define KEYHOLD_TLS_LIB_REMOTE_UNARY_CALL_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "grpcpp/support/status.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "tls_lib/core/one_shot.h"
#include "tls_lib/core/pending.h"
#include "tls_lib/remote/attempt_limit.h"
#include "tls_lib/remote/call_check.h"
#include "tls_lib/remote/completion_loop.h"
#include "tls_lib/remote/endpoint_set.h"
#include "tls_lib/remote/failure_class.h"
#include "tls_lib/remote/policy_version.h"
#include "tls_lib/remote/retry_backoff.h"
#include "tls_lib/remote/status_from_grpc.h"
#include "tls_lib/remote/status_note.h"
#include "tls_lib/remote/timer_queue.h"

namespace keyhold {

// Holds calls that belong together at one endpoint: the pages of a list.
struct EndpointPin {
  // Null until the first of them has been answered.
  std::shared_ptr<SignerEndpoint> endpoint;
};

// An attempt that fails, or has had its time (AttemptLimit), is followed by
// the next at another endpoint; when all have failed, after a pause; and so on
// until the deadline.
//
// Lives as long as gRPC or a timer needs it; the handle only cancels.
//
// Thread-safe.
template <typename Request, typename Response>
class UnaryCall final
    : public EndpointSet::Call,
      public CompletionTag,
      public std::enable_shared_from_this<UnaryCall<Request, Response>> {
 public:
  using Reader = grpc::ClientAsyncResponseReaderInterface<Response>;
  using Method = std::unique_ptr<Reader> (signer::v1::Signer::StubInterface::*)(
      grpc::ClientContext*, const Request&, grpc::CompletionQueue*);
  using Result = absl::StatusOr<Response>;
  using Done = absl::AnyInvocable<void(Result) &&>;

  // Begins. `deadline` is finite. `need` says what else the set should begin.
  // With a pin that holds an endpoint no other is asked. `done` is not called
  // inside Start.
  static std::unique_ptr<Pending> Start(std::shared_ptr<EndpointSet> set,
                                        EndpointSet::Need need, Method method,
                                        Request request, absl::Time deadline,
                                        std::shared_ptr<EndpointPin> pin,
                                        Done done);

  // Only for Start.
  UnaryCall(std::shared_ptr<EndpointSet> set, Method method, Request request,
            absl::Time deadline, std::shared_ptr<EndpointPin> pin, Done done)
      : set_(std::move(set)),
        method_(method),
        request_(std::move(request)),
        deadline_(deadline),
        pin_(std::move(pin)),
        once_(std::move(done)) {}

  void OnComplete(bool ok) override;
  void OnRoom() override;
  void OnClose() override;

 private:
  using Outcome = EndpointSet::Outcome;
  class Handle;

  // Begins an attempt, or waits until one can begin.
  void Try() ABSL_LOCKS_EXCLUDED(mutex_);
  std::optional<EndpointSet::Place> Find()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void BeginAttempt(EndpointSet::Place place)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnFailure(const SignerEndpoint& endpoint, const absl::Status& failure);
  // What follows `failure`: another attempt, now or after a pause, or null:
  // the call is over.
  std::optional<absl::Duration> PauseAfter(const absl::Status& failure)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // The status that ends the call: `failure`, and what led to it.
  static absl::Status Final(const SignerEndpoint& endpoint,
                            const absl::Status& failure,
                            const absl::Status& before);
  // Makes no difference any more between endpoints, and tries.
  void TryAll();
  void SetTimer(absl::Time when, void (UnaryCall::*step)())
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void OnOutOfTime();
  void End(std::optional<Result> result);
  void DeliverLater(absl::Status status);
  absl::Status Prefixed(const absl::Status& status) const;

  const std::shared_ptr<EndpointSet> set_;
  const Method method_;
  const Request request_;
  const absl::Time deadline_;
  const std::shared_ptr<EndpointPin> pin_;
  OneShot<Result> once_;

  // Of the attempt under way.
  Response response_;
  grpc::Status status_;

  absl::Mutex mutex_;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  // While an attempt is under way.
  std::shared_ptr<UnaryCall> alive_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Reader> reader_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<grpc::ClientContext> context_ ABSL_GUARDED_BY(mutex_);
  std::optional<EndpointSet::Place> place_ ABSL_GUARDED_BY(mutex_);
  absl::Time began_ ABSL_GUARDED_BY(mutex_);
  EndpointSet::Tried tried_ ABSL_GUARDED_BY(mutex_);
  absl::Status before_ ABSL_GUARDED_BY(mutex_);
  RetryBackoff backoff_ ABSL_GUARDED_BY(mutex_);
  std::optional<TimerQueue::Id> timer_ ABSL_GUARDED_BY(mutex_);
  std::optional<uint64_t> ticket_ ABSL_GUARDED_BY(mutex_);
};

// Implementation only below.

template <typename Request, typename Response>
class UnaryCall<Request, Response>::Handle final : public Pending {
 public:
  explicit Handle(std::shared_ptr<UnaryCall> call) : call_(std::move(call)) {}
  ~Handle() override {
    call_->once_.Cancel();
    call_->End(std::nullopt);
  }

 private:
  const std::shared_ptr<UnaryCall> call_;
};

template <typename Request, typename Response>
std::unique_ptr<Pending> UnaryCall<Request, Response>::Start(
    std::shared_ptr<EndpointSet> set, EndpointSet::Need need, Method method,
    Request request, absl::Time deadline, std::shared_ptr<EndpointPin> pin,
    Done done) {
  auto call =
      std::make_shared<UnaryCall>(std::move(set), method, std::move(request),
                                  deadline, std::move(pin), std::move(done));
  auto handle = std::make_unique<Handle>(call);
  absl::Status problem =
      deadline <= absl::Now()
          ? absl::DeadlineExceededError("the deadline had passed")
          : call->set_->Join(call, need);
  if (problem.ok()) {
    call->Try();
  } else {
    call->DeliverLater(call->Prefixed(problem));
  }
  return handle;
}

template <typename Request, typename Response>
void UnaryCall<Request, Response>::Try() {
  absl::MutexLock lock(&mutex_);
  if (over_ || place_.has_value()) return;
  std::optional<EndpointSet::Place> place = Find();
  if (!place.has_value() && !ticket_.has_value()) {
    ticket_ = set_->AwaitRoom(this->shared_from_this());
    // An endpoint may have come in between.
    place = Find();
    if (place.has_value()) {
      set_->StopWaiting(*ticket_);
      ticket_.reset();
    }
  }
  if (place.has_value()) {
    BeginAttempt(*std::move(place));
  } else {
    SetTimer(deadline_, &UnaryCall::OnOutOfTime);
  }
}

template <typename Request, typename Response>
std::optional<EndpointSet::Place> UnaryCall<Request, Response>::Find() {
  if (pin_ != nullptr && pin_->endpoint != nullptr) {
    return set_->FindAt(pin_->endpoint);
  }
  return set_->Find(tried_, EndpointSet::Need::kChannel);
}

template <typename Request, typename Response>
void UnaryCall<Request, Response>::BeginAttempt(EndpointSet::Place place) {
  if (timer_.has_value()) CompletionLoop::Get().RemoveTimer(*timer_);
  timer_.reset();
  began_ = absl::Now();
  const absl::Time until =
      began_ + AttemptLimit(deadline_ - began_, place.has_alternative);
  place_ = std::move(place);
  context_ = std::make_unique<grpc::ClientContext>();
  // gRPC takes a deadline before 1970 for "never".
  context_->set_deadline(
      absl::ToChronoTime(std::max(until, absl::UnixEpoch())));
  alive_ = this->shared_from_this();
  reader_ = (place_->endpoint->stub().*method_)(context_.get(), request_,
                                                CompletionLoop::Get().queue());
  reader_->StartCall();
  response_.Clear();
  reader_->Finish(&response_, &status_, static_cast<CompletionTag*>(this));
}

template <typename Request, typename Response>
void UnaryCall<Request, Response>::OnComplete(bool /*ok*/) {
  std::shared_ptr<UnaryCall> self;
  std::shared_ptr<SignerEndpoint> endpoint;
  bool over = false;
  {
    absl::MutexLock lock(&mutex_);
    self = std::move(alive_);
    endpoint = std::move(place_->endpoint);
    place_.reset();
    reader_.reset();
    context_.reset();
    over = over_;
  }
  if (over) {
    set_->Settle(*endpoint, Outcome{});
    return;
  }
  const std::string what = endpoint->What(Describe(request_));
  if (!status_.ok()) {
    OnFailure(*endpoint, StatusFromGrpc(status_, what));
    return;
  }
  Outcome outcome;
  outcome.kind = Outcome::Kind::kAnswered;
  outcome.policy_version = response_.policy_version();
  set_->Settle(*endpoint, outcome);
  if (pin_ != nullptr) pin_->endpoint = endpoint;
  const absl::Status bad = CheckAnswer(request_, response_);
  End(bad.ok() ? Result(std::move(response_))
               : Result(absl::InternalError(
                     absl::StrCat(what, ": ", bad.message()))));
}

template <typename Request, typename Response>
void UnaryCall<Request, Response>::OnFailure(const SignerEndpoint& endpoint,
                                             const absl::Status& failure) {
  Outcome outcome;
  outcome.policy_version = PolicyVersionOf(failure);
  absl::Time began;
  absl::Status before;
  {
    absl::MutexLock lock(&mutex_);
    began = began_;
    before = before_;
    tried_.push_back(&endpoint);
  }
  const bool had_its_time =
      absl::IsDeadlineExceeded(failure) && absl::Now() < deadline_;
  if (IsDraining(failure)) {
    set_->ReportDraining(endpoint);
  } else if (had_its_time) {
    set_->ReportOverdue(endpoint, began);
  } else if (ClassOf(failure) == FailureClass::kTryAgain) {
    outcome.kind = Outcome::Kind::kFailed;
    outcome.failure = failure;
  } else if (!absl::IsDeadlineExceeded(failure)) {
    outcome.kind = Outcome::Kind::kAnswered;
  }
  set_->Settle(endpoint, outcome);
  const std::optional<absl::Duration> pause =
      had_its_time ? absl::ZeroDuration() : PauseAfter(failure);
  if (pause.has_value()) {
    absl::MutexLock lock(&mutex_);
    before_ = failure;
    const bool all_tried = !set_->HasOtherThan(tried_);
    SetTimer(absl::Now() + *pause,
             all_tried ? &UnaryCall::TryAll : &UnaryCall::Try);
    return;
  }
  End(Final(endpoint, failure, before));
}

template <typename Request, typename Response>
absl::Status UnaryCall<Request, Response>::Final(const SignerEndpoint& endpoint,
                                                 const absl::Status& failure,
                                                 const absl::Status& before) {
  if (!absl::IsDeadlineExceeded(failure) || before.ok()) {
    return endpoint.Explained(failure);
  }
  // What could not be reached says more than the time that it took.
  return absl::IsUnavailable(before)
             ? WithNote(endpoint.Explained(before), "and then no time was left")
             : WithNote(failure,
                        absl::StrCat("before that: ", before.message()));
}

template <typename Request, typename Response>
std::optional<absl::Duration> UnaryCall<Request, Response>::PauseAfter(
    const absl::Status& failure) {
  const FailureClass failure_class = ClassOf(failure);
  if (failure_class == FailureClass::kFinal) return std::nullopt;
  absl::MutexLock lock(&mutex_);
  if (pin_ != nullptr && pin_->endpoint != nullptr) return std::nullopt;
  if (set_->HasOtherThan(tried_)) return absl::ZeroDuration();
  if (failure_class == FailureClass::kTryElsewhere) return std::nullopt;
  const absl::Duration pause = backoff_.Next();
  if (absl::Now() + pause >= deadline_) return std::nullopt;
  return pause;
}

template <typename Request, typename Response>
void UnaryCall<Request, Response>::TryAll() {
  {
    absl::MutexLock lock(&mutex_);
    tried_.clear();
  }
  Try();
}

template <typename Request, typename Response>
void UnaryCall<Request, Response>::SetTimer(absl::Time when,
                                            void (UnaryCall::*step)()) {
  if (timer_.has_value()) CompletionLoop::Get().RemoveTimer(*timer_);
  timer_ = CompletionLoop::Get().AddTimer(
      when, [self = this->shared_from_this(), step] { (*self.*step)(); });
}

template <typename Request, typename Response>
void UnaryCall<Request, Response>::OnRoom() {
  {
    absl::MutexLock lock(&mutex_);
    ticket_.reset();
  }
  Try();
}

template <typename Request, typename Response>
void UnaryCall<Request, Response>::OnClose() {
  End(Prefixed(absl::CancelledError("the client was closed")));
}

template <typename Request, typename Response>
void UnaryCall<Request, Response>::OnOutOfTime() {
  End(set_->WhyNone(Describe(request_)));
}

template <typename Request, typename Response>
void UnaryCall<Request, Response>::End(std::optional<Result> result) {
  std::optional<TimerQueue::Id> timer;
  std::optional<uint64_t> ticket;
  {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(over_, true)) return;
    timer = std::exchange(timer_, std::nullopt);
    ticket = std::exchange(ticket_, std::nullopt);
    if (context_ != nullptr) context_->TryCancel();
  }
  if (timer.has_value()) CompletionLoop::Get().RemoveTimer(*timer);
  if (ticket.has_value()) set_->StopWaiting(*ticket);
  set_->Leave(*this);
  if (result.has_value()) once_.Deliver(*std::move(result));
}

template <typename Request, typename Response>
void UnaryCall<Request, Response>::DeliverLater(absl::Status status) {
  CompletionLoop::Get().AddTimer(
      absl::InfinitePast(),
      [self = this->shared_from_this(), status = std::move(status)] {
        self->End(status);
      });
}

template <typename Request, typename Response>
absl::Status UnaryCall<Request, Response>::Prefixed(
    const absl::Status& status) const {
  return WithPrefix(
      status, absl::StrCat("signer ", set_->name(), ": ", Describe(request_)));
}

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_UNARY_CALL_H_
