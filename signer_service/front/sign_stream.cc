#include "signer_service/front/sign_stream.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "signer_service/front/request_check.h"
#include "signer_service/front/status_conversion.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using signer::v1::SignResponse;

// Unsent answers beyond which the service stops reading.
constexpr size_t kMaxUnsentAnswers = 256;
// What an item takes beside its bytes.
constexpr size_t kItemMemory = 512;

absl::Status IdInUseError() {
  return WithReason(
      absl::InvalidArgumentError(
          "id: another item of this stream with the same id is outstanding"),
      ErrorReason::kInvalidRequest);
}

absl::Status TooManyInFlightError(const RequestLimits& limits) {
  return WithReason(absl::ResourceExhaustedError(
                        absl::StrCat("at most ", limits.max_items_in_flight,
                                     " items may be outstanding on a stream")),
                    ErrorReason::kTooManyInFlight);
}

absl::Status TooManyBytesInFlightError() {
  return WithReason(absl::ResourceExhaustedError(absl::StrCat(
                        "at most ", SignStream::kMaxBytesInFlight,
                        " bytes of items may be outstanding on a stream")),
                    ErrorReason::kTooManyInFlight);
}

absl::Status TooManyStreamsError() {
  return WithReason(absl::ResourceExhaustedError(
                        absl::StrCat("at most ", CallerBudget::kMaxStreams,
                                     " streams of a caller may be open")),
                    ErrorReason::kTooManyInFlight);
}

absl::Status CancelledError() {
  return WithReason(
      absl::CancelledError("cancelled by the client before it was signed"),
      ErrorReason::kCancelled);
}

}  // namespace

SignStream::SignStream(const grpc::ServerContextBase& context, StreamWire& wire,
                       const Environment& environment,
                       std::shared_ptr<const CallerView> caller)
    : context_(context),
      wire_(wire),
      environment_(environment),
      owner_(caller->identity.name()),
      caller_(std::move(caller)),
      budget_(environment.budgets.Find(owner_)) {}

SignStream::SignStream(const grpc::ServerContextBase& context, StreamWire& wire,
                       const Environment& environment)
    : SignStream(context, wire, environment,
                 environment.callers.Find(context)) {}

SignStream::~SignStream() {
  absl::MutexLock lock(&mutex_);
  GiveBytes(bytes_);
  if (counted_) budget_->GiveStream();
}

void SignStream::Start() {
  {
    absl::MutexLock lock(&mutex_);
    const absl::Status admitted = environment_.handler.Admit(*caller_);
    if (!admitted.ok()) {
      EndWithFault(admitted, *caller_);
    } else if (!budget_->TakeStream()) {
      EndWithFault(TooManyStreamsError(), *caller_);
    } else {
      counted_ = true;
      limits_unsent_ = true;
    }
  }
  Step();
}

SignStream::Actions SignStream::Decide() {
  Actions actions;
  if (finished_) return actions;
  if (end_.has_value()) {
    // A write under way would race with the end.
    if (!writing_) {
      finished_ = true;
      actions.finish = std::move(end_);
    }
    return actions;
  }
  if (!writing_ && (limits_unsent_ || !answers_.empty())) {
    write_buffer_ = limits_unsent_ ? LimitsFrame(limits())
                                   : TakeServerFrame(answers_, limits());
    limits_unsent_ = false;
    writing_ = true;
    actions.write = true;
  }
  if (!reading_ && !half_closed_ && answers_.size() < kMaxUnsentAnswers) {
    reading_ = true;
    actions.read = true;
  }
  if (!in_line_ && !waiting_.empty()) {
    in_line_ = true;
    actions.schedule = true;
  }
  if (writing_ || !outstanding_.empty()) return actions;
  if (half_closed_) {
    finished_ = true;
    actions.finish = grpc::Status::OK;
  } else if (environment_.handler.state().draining()) {
    finished_ = true;
    actions.finish = ToGrpcStatus(environment_.handler.Admit(*caller_),
                                  caller_->snapshot->policy_version());
  }
  return actions;
}

void SignStream::Perform(Actions actions) {
  if (actions.schedule) environment_.pool.Schedule(shared_from_this());
  if (actions.read) wire_.StartRead(&read_buffer_);
  if (actions.write) wire_.StartWrite(write_buffer_);
  if (actions.finish.has_value()) wire_.Finish(*actions.finish);
}

void SignStream::Step() {
  // The call, and with it all other references, may end within.
  const std::shared_ptr<SignStream> self = shared_from_this();
  mutex_.Lock();
  step_again_ = true;
  if (std::exchange(stepping_, true)) {
    mutex_.Unlock();
    return;
  }
  while (std::exchange(step_again_, false)) {
    Actions actions = Decide();
    mutex_.Unlock();
    Perform(std::move(actions));
    mutex_.Lock();
  }
  stepping_ = false;
  mutex_.Unlock();
}

void SignStream::OnReadDone(bool ok) {
  if (!ok) {
    absl::MutexLock lock(&mutex_);
    reading_ = false;
    half_closed_ = true;
  } else {
    const std::shared_ptr<const CallerView> caller =
        environment_.callers.Find(context_);
    absl::StatusOr<ClientFrame> frame =
        ParseClientFrame(read_buffer_, limits());
    read_buffer_.Clear();
    absl::MutexLock lock(&mutex_);
    reading_ = false;
    if (frame.ok()) {
      Accept(*std::move(frame), caller);
    } else {
      EndWithFault(frame.status(), *caller);
    }
  }
  Step();
}

void SignStream::Accept(ClientFrame frame,
                        const std::shared_ptr<const CallerView>& caller) {
  if (finished_ || end_.has_value()) return;
  caller_ = caller;
  const absl::Time now = absl::Now();
  for (const uint64_t id : frame.cancel_ids) CancelItem(id, *caller);
  for (SignRequest& item : frame.items) {
    AcceptItem(std::move(item), caller, now);
  }
  for (const ClientFrame::Refused& refused : frame.refused) {
    Refuse(refused.request, *caller, refused.status);
  }
}

void SignStream::AcceptItem(SignRequest request,
                            const std::shared_ptr<const CallerView>& caller,
                            absl::Time now) {
  const size_t bytes = request.ByteSizeLong() + kItemMemory;
  const absl::Status taken = Take(request, bytes, *caller);
  if (!taken.ok()) {
    Refuse(request, *caller, taken);
    return;
  }
  const uint64_t id = request.id();
  SignCall call;
  call.request = std::move(request);
  call.caller = caller;
  call.received = now;
  call.deadline = absl::FromChrono(context_.deadline());
  call.admitted = true;
  waiting_.push_back(std::move(call));
  outstanding_.emplace(id,
                       Outstanding{std::prev(waiting_.end()), nullptr, bytes});
}

absl::Status SignStream::Take(const SignRequest& request, size_t bytes,
                              const CallerView& caller) {
  RETURN_IF_ERROR(environment_.handler.Admit(caller));
  if (outstanding_.contains(request.id())) return IdInUseError();
  if (outstanding_.size() >= limits().max_items_in_flight) {
    return TooManyInFlightError(limits());
  }
  // What is too large is not kept until its turn.
  if (bytes > limits().max_message_bytes) {
    RETURN_IF_ERROR(CheckSignRequest(request, limits().max_message_bytes));
  }
  if (bytes > kMaxBytesInFlight - bytes_) return TooManyBytesInFlightError();
  if (!budget_->TakeBytes(bytes)) return CallerHasTooManyBytesError();
  bytes_ += bytes;
  return absl::OkStatus();
}

void SignStream::GiveBytes(size_t bytes) {
  budget_->GiveBytes(bytes);
  bytes_ -= bytes;
}

void SignStream::CancelItem(uint64_t id, const CallerView& caller) {
  const auto found = outstanding_.find(id);
  if (found == outstanding_.end()) return;
  if (found->second.place == waiting_.end()) {
    // The vault answers.
    *found->second.cancelled = true;
    return;
  }
  waiting_.erase(found->second.place);
  GiveBytes(found->second.bytes);
  outstanding_.erase(found);
  AnswerFailure(id, caller, CancelledError());
}

void SignStream::Refuse(const SignRequest& request, const CallerView& caller,
                        const absl::Status& status) {
  environment_.handler.LogRefused(caller, request, status);
  AnswerFailure(request.id(), caller, status);
}

void SignStream::AnswerFailure(uint64_t id, const CallerView& caller,
                               const absl::Status& status) {
  const std::string& policy_version = caller.snapshot->policy_version();
  SignResponse answer;
  answer.set_id(id);
  *answer.mutable_status() = ToRpcStatus(status, policy_version);
  answer.set_policy_version(policy_version);
  answers_.push_back(std::move(answer));
}

void SignStream::EndWith(grpc::Status status) {
  if (finished_ || end_.has_value()) return;
  end_ = std::move(status);
  for (const auto& [id, item] : outstanding_) {
    if (item.cancelled != nullptr) *item.cancelled = true;
  }
  waiting_.clear();
  outstanding_.clear();
  GiveBytes(bytes_);
}

void SignStream::EndWithFault(const absl::Status& fault,
                              const CallerView& caller) {
  environment_.handler.LogRefused(caller, SignRequest(), fault);
  EndWith(ToGrpcStatus(fault, caller.snapshot->policy_version()));
}

void SignStream::TakeTurn() {
  std::vector<SignCall> calls;
  std::vector<uint64_t> ids;
  // One allocation for all flags of a turn.
  const auto cancelled =
      std::make_shared<std::vector<std::atomic<bool>>>(kSignaturesPerTurn);
  bool again = false;
  {
    absl::MutexLock lock(&mutex_);
    while (!waiting_.empty() && calls.size() < kSignaturesPerTurn) {
      ids.push_back(waiting_.front().request.id());
      calls.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
      const std::shared_ptr<std::atomic<bool>> flag(
          cancelled, &(*cancelled)[calls.size() - 1]);
      calls.back().cancelled = flag;
      Outstanding& item = outstanding_[ids.back()];
      item.place = waiting_.end();
      item.cancelled = flag;
    }
    in_line_ = again = !waiting_.empty();
  }
  if (again) environment_.pool.Schedule(shared_from_this());
  if (calls.empty()) return;
  environment_.handler.Sign(std::move(calls),
                            [self = shared_from_this(), ids = std::move(ids)](
                                std::vector<SignAnswer> answers) {
                              self->Deliver(ids, std::move(answers));
                            });
}

void SignStream::Deliver(const std::vector<uint64_t>& ids,
                         std::vector<SignAnswer> answers) {
  {
    absl::MutexLock lock(&mutex_);
    for (SignAnswer& answer : answers) {
      const uint64_t id = ids[answer.call];
      const auto found = outstanding_.find(id);
      if (found != outstanding_.end()) {
        GiveBytes(found->second.bytes);
        outstanding_.erase(found);
      }
      if (finished_ || end_.has_value()) continue;
      if (answer.response.ok()) {
        answers_.push_back(*std::move(answer.response));
      } else {
        AnswerFailure(id, *answer.caller, answer.response.status());
      }
    }
  }
  Step();
}

void SignStream::OnWriteDone(bool ok) {
  {
    absl::MutexLock lock(&mutex_);
    writing_ = false;
    if (!ok) EndWith(grpc::Status::CANCELLED);
  }
  Step();
}

void SignStream::OnCancel() {
  {
    absl::MutexLock lock(&mutex_);
    EndWith(grpc::Status::CANCELLED);
  }
  Step();
}

}  // namespace keyhold
