#include "signer_service/front/sign_calls.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "signer_service/front/self_owned_call.h"
#include "signer_service/front/status_conversion.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using signer::v1::SignResponse;

constexpr int kCallsAskedAhead = 128;

}  // namespace

// One call, from before it arrives. Whoever has it to answer holds it.
class SignCalls::Call final : public SelfOwnedCall {
 public:
  // Lets gRPC deliver one call, and after it the next.
  static void Ask(SignCalls& calls) {
    auto* call = new Call(calls);
    // gRPC reports the call's end only if there is a call: held in OnArrived.
    call->context_.AsyncNotifyWhenDone(&call->closed_tag_);
    calls.service_.RequestSign(&call->context_, &call->request_, &call->writer_,
                               calls.queue_.get(), calls.queue_.get(),
                               call->arrived_tag_.Held());
  }

  // What to sign. The request is moved out.
  SignCall Take(CallerCache& callers,
                const std::shared_ptr<const ServingSnapshot>& snapshot) {
    SignCall call;
    call.request = std::move(request_);
    call.caller = callers.Find(*context_.auth_context(), snapshot);
    call.received = received_;
    call.deadline = absl::FromChrono(context_.deadline());
    call.cancelled = cancelled_;
    return call;
  }

  void Answer(const absl::StatusOr<SignResponse>& result,
              absl::string_view policy_version) {
    void* const tag = answered_tag_.Held();
    if (result.ok()) {
      writer_.Finish(*result, grpc::Status::OK, tag);
    } else {
      writer_.FinishWithError(ToGrpcStatus(result.status(), policy_version),
                              tag);
    }
  }

 private:
  using Tag = CallTag<Call>;

  explicit Call(SignCalls& calls) : calls_(calls) {}

  void OnArrived(bool ok) {
    // The server shuts down.
    if (!ok) return;
    closed_tag_.Held();
    received_ = absl::Now();
    calls_.AskForOne();
    if (calls_.cancelled_ == nullptr) {
      calls_.cancelled_ = std::make_shared<Cancelled>(RpcQueue::kEventsPerTurn);
    }
    cancelled_ = {calls_.cancelled_,
                  &(*calls_.cancelled_)[calls_.arrived_.size()]};
    Hold();
    calls_.arrived_.push_back(this);
  }
  void OnAnswered(bool /*ok*/) {}
  void OnClosed(bool /*ok*/) {
    if (context_.IsCancelled()) *cancelled_ = true;
  }

  SignCalls& calls_;
  absl::Time received_;
  // Null until it arrives.
  std::shared_ptr<std::atomic<bool>> cancelled_;
  grpc::ServerContext context_;
  SignRequest request_;
  grpc::ServerAsyncResponseWriter<SignResponse> writer_{&context_};
  Tag arrived_tag_{*this, &Call::OnArrived};
  Tag answered_tag_{*this, &Call::OnAnswered};
  Tag closed_tag_{*this, &Call::OnClosed};
};

SignCalls::SignCalls(TlsSignerService& service, const RequestHandler& handler,
                     OpenConnections& connections, RpcQueue& queue)
    : service_(service),
      handler_(handler),
      connections_(connections),
      queue_(queue) {}

SignCalls::~SignCalls() { Drop(); }

void SignCalls::Drop() {
  for (Call* call : std::exchange(arrived_, {})) call->Release();
}

void SignCalls::Ask() {
  for (int i = 0; i < kCallsAskedAhead; ++i) AskForOne();
}

void SignCalls::AskForOne() {
  if (queue_.accepting()) Call::Ask(*this);
}

// Calls that the vault has, until it is done with all of them.
struct SignCalls::Batch {
  Batch(SignCalls& owner, std::vector<Call*> calls)
      : owner(owner), calls(std::move(calls)) {}
  ~Batch() {
    for (Call* call : calls) call->Release();
    absl::MutexLock lock(&owner.mutex_);
    --owner.in_vault_;
  }

  SignCalls& owner;
  // Held.
  const std::vector<Call*> calls;
};

void SignCalls::SignArrived() {
  if (arrived_.empty()) return;
  cancelled_.reset();
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) {
      Drop();
      return;
    }
    ++in_vault_;
  }
  auto batch = std::make_unique<Batch>(*this, std::exchange(arrived_, {}));
  const std::shared_ptr<const ServingSnapshot> snapshot =
      handler_.state().Get();
  std::vector<SignCall> calls;
  calls.reserve(batch->calls.size());
  for (Call* call : batch->calls) {
    calls.push_back(call->Take(callers_, snapshot));
  }
  handler_.Sign(std::move(calls), [batch = std::move(batch)](
                                      std::vector<SignAnswer> answers) {
    const OpenConnections::Corked corked =
        batch->owner.connections_.Cork(answers.size());
    for (const SignAnswer& answer : answers) {
      batch->calls[answer.call]->Answer(
          answer.response, answer.caller->snapshot->policy_version());
    }
  });
}

void SignCalls::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return in_vault_ == 0;
  };
  mutex_.Await(absl::Condition(&none));
}

}  // namespace keyhold
