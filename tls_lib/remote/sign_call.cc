#include "tls_lib/remote/sign_call.h"

#include <algorithm>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/remote/attempt_limit.h"
#include "tls_lib/remote/call_check.h"
#include "tls_lib/remote/completion_loop.h"
#include "tls_lib/remote/failure_class.h"
#include "tls_lib/remote/policy_version.h"
#include "tls_lib/remote/sign_frame.h"
#include "tls_lib/remote/status_from_rpc.h"
#include "tls_lib/remote/status_note.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using signer::v1::SignResponse;
using Outcome = EndpointSet::Outcome;

absl::Status NoAnswerInTime(absl::string_view what) {
  return absl::DeadlineExceededError(absl::StrCat(what, ": no answer in time"));
}

absl::Status HadPassed() {
  return absl::DeadlineExceededError("the deadline had passed");
}

}  // namespace

class SignCall::Handle final : public Pending {
 public:
  explicit Handle(std::shared_ptr<SignCall> call) : call_(std::move(call)) {}
  ~Handle() override {
    call_->once_.Cancel();
    call_->End(std::nullopt);
  }

 private:
  const std::shared_ptr<SignCall> call_;
};

std::unique_ptr<Pending> SignCall::Start(std::shared_ptr<EndpointSet> set,
                                         SignRequest request,
                                         absl::Time deadline,
                                         absl::Status problem, Done done) {
  auto call = std::make_shared<SignCall>(std::move(set), std::move(request),
                                         deadline, std::move(done));
  auto handle = std::make_unique<Handle>(call);
  if (problem.ok() && deadline <= absl::Now()) problem = HadPassed();
  if (problem.ok()) {
    problem = call->set_->Join(call, EndpointSet::Need::kStream);
  }
  if (problem.ok()) {
    call->Launch();
  } else {
    call->DeliverLater(call->Prefixed(problem));
  }
  return handle;
}

SignCall::SignCall(std::shared_ptr<EndpointSet> set, SignRequest request,
                   absl::Time deadline, Done done)
    : set_(std::move(set)),
      request_(std::move(request)),
      body_(std::make_shared<const std::string>(SignItemBody(request_))),
      deadline_(deadline),
      once_(std::move(done)) {}

void SignCall::Launch(const absl::Status& if_none) {
  std::shared_ptr<SignStreamClient> stream;
  absl::Status end;
  {
    absl::MutexLock lock(&mutex_);
    if (over_) return;
    if (IsAtWork()) {
      Arm();
      return;
    }
    const bool waits = if_none.ok() || !attempts_.empty();
    auto queued = waits ? QueueOrWait() : Queue();
    if (!queued.ok()) {
      end = queued.status();
    } else if (*queued == nullptr && !waits) {
      end = if_none;
    } else {
      stream = *std::move(queued);
    }
    Arm();
  }
  if (stream != nullptr) stream->Flush();
  // The caller may still be in Start.
  if (!end.ok()) DeliverLater(std::move(end));
}

absl::StatusOr<std::shared_ptr<SignStreamClient>> SignCall::Queue() {
  EndpointSet::Tried excluded = Excluded();
  while (true) {
    auto place = set_->Find(excluded, EndpointSet::Need::kStream);
    if (!place.has_value()) return nullptr;
    const absl::StatusOr<uint64_t> id =
        place->stream->Enqueue({body_, deadline_}, shared_from_this());
    if (id.ok()) {
      std::shared_ptr<SignStreamClient> stream = place->stream;
      attempts_.push_back(NewAttempt(*std::move(place), *id));
      retry_at_ = absl::InfiniteFuture();
      return stream;
    }
    set_->Settle(*place->endpoint, Outcome{});
    if (!absl::IsUnavailable(id.status())) return Prefixed(id.status());
    excluded.push_back(place->endpoint.get());
  }
}

absl::StatusOr<std::shared_ptr<SignStreamClient>> SignCall::QueueOrWait() {
  auto queued = Queue();
  if (!queued.ok() || *queued != nullptr) return queued;
  if (!ticket_.has_value()) {
    ticket_ = set_->AwaitRoom(shared_from_this());
    // An endpoint may have opened in between.
    queued = Queue();
    if (!queued.ok() || *queued != nullptr) {
      set_->StopWaiting(*ticket_);
      ticket_.reset();
      return queued;
    }
  }
  if (!attempts_.empty()) return queued;
  RETURN_IF_ERROR(set_->RefusedByAll(Describe(request_)));
  // Others' answers bring this call here again and again: they must not put
  // its retry off.
  if (!tried_.empty() && retry_at_ == absl::InfiniteFuture()) {
    retry_at_ = absl::Now() + backoff_.Next();
  }
  return queued;
}

SignCall::Attempt SignCall::NewAttempt(EndpointSet::Place place, uint64_t id) {
  Attempt attempt;
  attempt.began = absl::Now();
  attempt.overdue = attempt.began + AttemptLimit(deadline_ - attempt.began,
                                                 place.has_alternative);
  attempt.limit = attempt.overdue;
  if (place.has_alternative) {
    const std::optional<absl::Duration> hedge = set_->HedgingDelayForNext();
    if (hedge.has_value()) {
      attempt.limit = std::min(attempt.limit, attempt.began + *hedge);
    }
  }
  attempt.place = std::move(place);
  attempt.id = id;
  return attempt;
}

EndpointSet::Tried SignCall::Excluded() const {
  EndpointSet::Tried excluded = tried_;
  for (const Attempt& attempt : attempts_) {
    excluded.push_back(attempt.place.endpoint.get());
  }
  return excluded;
}

bool SignCall::IsAtWork() const {
  return absl::c_any_of(attempts_,
                        [](const Attempt& attempt) { return !attempt.passed; });
}

std::optional<SignCall::Attempt> SignCall::TakeAttempt(
    const SignStreamClient& stream, uint64_t id) {
  absl::MutexLock lock(&mutex_);
  const auto found = absl::c_find_if(attempts_, [&](const Attempt& attempt) {
    return attempt.place.stream.get() == &stream && attempt.id == id;
  });
  if (found == attempts_.end()) return std::nullopt;
  std::optional<Attempt> attempt = std::move(*found);
  attempts_.erase(found);
  return attempt;
}

void SignCall::OnAnswer(const SignStreamClient& stream, uint64_t id,
                        SignResponse response) {
  const std::optional<Attempt> attempt = TakeAttempt(stream, id);
  if (!attempt.has_value()) return;
  const SignerEndpoint& endpoint = *attempt->place.endpoint;
  if (response.status().code() != 0) {
    OnFailure(*attempt, StatusFromRpc(response.status(), What(endpoint)));
    return;
  }
  Outcome outcome;
  outcome.kind = Outcome::Kind::kAnswered;
  outcome.policy_version = response.policy_version();
  outcome.took = absl::Now() - attempt->began;
  set_->Settle(endpoint, outcome);
  const absl::Status bad = CheckAnswer(request_, response);
  if (!bad.ok()) {
    End(absl::InternalError(absl::StrCat(What(endpoint), ": ", bad.message())));
    return;
  }
  response.set_id(request_.id());
  End(std::move(response));
}

void SignCall::OnFailure(const Attempt& attempt, const absl::Status& failure) {
  const SignerEndpoint& endpoint = *attempt.place.endpoint;
  const FailureClass failure_class = ClassOf(failure);
  Outcome outcome;
  outcome.policy_version = PolicyVersionOf(failure);
  if (IsDraining(failure)) {
    set_->ReportDraining(endpoint);
  } else if (failure_class == FailureClass::kTryAgain) {
    outcome.kind = Outcome::Kind::kFailed;
    outcome.failure = failure;
  } else {
    outcome.kind = Outcome::Kind::kAnswered;
    outcome.took = absl::Now() - attempt.began;
  }
  set_->Settle(endpoint, outcome);
  if (failure_class == FailureClass::kFinal) {
    End(failure);
    return;
  }
  {
    absl::MutexLock lock(&mutex_);
    before_ = failure;
    tried_.push_back(&endpoint);
  }
  Launch(failure_class == FailureClass::kTryElsewhere ? failure
                                                      : absl::OkStatus());
}

void SignCall::OnLost(const SignStreamClient& stream, uint64_t id,
                      const absl::Status& status) {
  const std::optional<Attempt> attempt = TakeAttempt(stream, id);
  if (!attempt.has_value()) return;
  set_->Settle(*attempt->place.endpoint, Outcome{});
  if (ClassOf(status) == FailureClass::kFinal) {
    End(status);
    return;
  }
  {
    absl::MutexLock lock(&mutex_);
    // It is not among those that were tried: once it is open again, it is as
    // good as any other.
    before_ = status;
  }
  Launch();
}

void SignCall::OnDoubt(const SignStreamClient& stream, uint64_t id) {
  {
    absl::MutexLock lock(&mutex_);
    for (Attempt& attempt : attempts_) {
      if (attempt.place.stream.get() == &stream && attempt.id == id) {
        attempt.passed = true;
      }
    }
  }
  Launch();
}

void SignCall::OnRoom() {
  {
    absl::MutexLock lock(&mutex_);
    ticket_.reset();
  }
  Launch();
}

void SignCall::OnClose() {
  End(Prefixed(absl::CancelledError("the client was closed")));
}

void SignCall::OnTimer() {
  std::vector<Attempt> overdue;
  bool launch = false;
  bool out_of_time = false;
  {
    absl::MutexLock lock(&mutex_);
    if (over_) return;
    timer_.reset();
    const absl::Time now = absl::Now();
    out_of_time = now >= deadline_;
    if (now >= retry_at_) {
      retry_at_ = absl::InfiniteFuture();
      tried_.clear();
      launch = true;
    }
    for (Attempt& attempt : attempts_) {
      if (!attempt.passed && now >= attempt.limit &&
          attempt.limit < attempt.overdue && !set_->TakeHedge()) {
        attempt.limit = attempt.overdue;
      }
      if (!attempt.passed && now >= attempt.limit) {
        attempt.passed = true;
        launch = true;
      }
      if (!attempt.reported && now >= attempt.overdue) {
        attempt.reported = true;
        overdue.push_back(attempt);
      }
    }
    if (!out_of_time && !launch) Arm();
  }
  if (out_of_time) {
    End(OutOfTime());
    return;
  }
  for (const Attempt& attempt : overdue) {
    set_->ReportOverdue(*attempt.place.endpoint, attempt.began);
  }
  if (launch) Launch();
}

absl::Time SignCall::NextEvent() const {
  absl::Time next = std::min(deadline_, retry_at_);
  for (const Attempt& attempt : attempts_) {
    if (!attempt.passed) next = std::min(next, attempt.limit);
    if (!attempt.reported) next = std::min(next, attempt.overdue);
  }
  return next;
}

void SignCall::Arm() {
  const absl::Time next = NextEvent();
  // One that comes too early does no harm.
  if (timer_.has_value() && timer_->when <= next) return;
  if (timer_.has_value()) CompletionLoop::Get().RemoveTimer(*timer_);
  timer_ = CompletionLoop::Get().AddTimer(
      next, [self = shared_from_this()] { self->OnTimer(); });
}

absl::Status SignCall::OutOfTime() {
  absl::Status before;
  std::shared_ptr<SignerEndpoint> asked;
  {
    absl::MutexLock lock(&mutex_);
    before = before_;
    if (!attempts_.empty()) asked = attempts_.back().place.endpoint;
  }
  if (asked == nullptr) {
    const absl::Status none = set_->WhyNone(Describe(request_));
    return absl::IsUnavailable(none) || before.ok() ? none : before;
  }
  const absl::Status status = NoAnswerInTime(What(*asked));
  return before.ok() ? status
                     : WithNote(status, absl::StrCat("before that: ",
                                                     before.message()));
}

void SignCall::End(std::optional<Result> result) {
  std::vector<Attempt> attempts;
  std::optional<TimerQueue::Id> timer;
  std::optional<uint64_t> ticket;
  {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(over_, true)) return;
    attempts.swap(attempts_);
    timer = std::exchange(timer_, std::nullopt);
    ticket = std::exchange(ticket_, std::nullopt);
  }
  if (timer.has_value()) CompletionLoop::Get().RemoveTimer(*timer);
  if (ticket.has_value()) set_->StopWaiting(*ticket);
  for (const Attempt& attempt : attempts) {
    attempt.place.stream->Cancel(attempt.id);
    set_->Settle(*attempt.place.endpoint, Outcome{});
  }
  set_->Leave(*this);
  if (result.has_value()) once_.Deliver(*std::move(result));
}

void SignCall::DeliverLater(absl::Status status) {
  CompletionLoop::Get().AddTimer(
      absl::InfinitePast(),
      [self = shared_from_this(), status = std::move(status)] {
        self->End(status);
      });
}

std::string SignCall::What(const SignerEndpoint& endpoint) const {
  return endpoint.What(Describe(request_));
}

absl::Status SignCall::Prefixed(const absl::Status& status) const {
  return WithPrefix(
      status, absl::StrCat("signer ", set_->name(), ": ", Describe(request_)));
}

}  // namespace keyhold
