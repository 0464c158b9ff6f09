#include "signer_service/front/unary_sign_queue.h"

#include <atomic>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "signer_service/front/status_conversion.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

absl::Status TooManyWaitingError(const RequestLimits& limits) {
  return WithReason(
      absl::ResourceExhaustedError(absl::StrCat(
          "at most ", limits.max_items_in_flight, " calls may wait")),
      ErrorReason::kTooManyInFlight);
}

}  // namespace

// Ends one call, and learns when its client gives it up.
class UnarySignQueue::Reactor final : public grpc::ServerUnaryReactor {
 public:
  // Set then.
  std::shared_ptr<const std::atomic<bool>> cancelled() const {
    return cancelled_;
  }
  void OnCancel() override { *cancelled_ = true; }
  void OnDone() override { delete this; }

 private:
  const std::shared_ptr<std::atomic<bool>> cancelled_ =
      std::make_shared<std::atomic<bool>>(false);
};

grpc::ServerUnaryReactor* UnarySignQueue::Add(
    grpc::CallbackServerContext* context,
    const signer::v1::SignRequest* request, signer::v1::SignResponse* response,
    std::shared_ptr<const CallerView> caller) {
  auto* reactor = new Reactor;
  Pending pending{reactor, response, SignCall()};
  pending.call.request = *request;
  pending.call.caller = caller;
  pending.call.received = absl::Now();
  pending.call.deadline = absl::FromChrono(context->deadline());
  pending.call.admitted = true;
  pending.call.cancelled = reactor->cancelled();
  absl::Status status = handler_.Admit(*caller);
  bool schedule = false;
  if (status.ok()) {
    absl::MutexLock lock(&mutex_);
    if (waiting_.size() >= handler_.limits().max_items_in_flight) {
      status = TooManyWaitingError(handler_.limits());
    } else {
      waiting_.push_back(std::move(pending));
      schedule = !std::exchange(in_line_, true);
    }
  }
  if (!status.ok()) {
    handler_.LogRefused(*caller, *request, status);
    reactor->Finish(ToGrpcStatus(status, caller->snapshot->policy_version()));
  }
  if (schedule) pool_.Schedule(shared_from_this());
  return reactor;
}

void UnarySignQueue::TakeTurn() {
  struct Answered {
    Reactor* reactor;
    signer::v1::SignResponse* response;
  };
  std::vector<SignCall> calls;
  std::vector<Answered> answered;
  bool again = false;
  {
    absl::MutexLock lock(&mutex_);
    while (!waiting_.empty() && calls.size() < kSignaturesPerTurn) {
      Pending& next = waiting_.front();
      answered.push_back({next.reactor, next.response});
      calls.push_back(std::move(next.call));
      waiting_.pop_front();
    }
    in_line_ = again = !waiting_.empty();
  }
  if (again) pool_.Schedule(shared_from_this());
  handler_.Sign(std::move(calls), [answered = std::move(answered)](
                                      std::vector<SignAnswer> answers) {
    for (SignAnswer& answer : answers) {
      const Answered& call = answered[answer.call];
      const absl::Status status = answer.response.status();
      if (status.ok()) *call.response = *std::move(answer.response);
      call.reactor->Finish(
          ToGrpcStatus(status, answer.caller->snapshot->policy_version()));
    }
  });
}

}  // namespace keyhold
