#include "signer_service/front/sign_calls.h"

#include <utility>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "signer_service/front/status_conversion.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using signer::v1::SignResponse;

constexpr int kCallsAskedAhead = 128;

}  // namespace

// One call, from before it arrives. gRPC's while it waits or is answered;
// `arrived_`'s in between.
class SignCalls::Call final : public RpcEvent {
 public:
  explicit Call(SignCalls& calls) : calls_(calls) {}

  void OnDone(bool ok) override {
    std::unique_ptr<Call> self(this);
    // Answered, or the server shuts down.
    if (answered_ || !ok) return;
    received_ = absl::Now();
    calls_.AskForOne();
    calls_.arrived_.push_back(std::move(self));
  }

  // What to sign. The request is moved out.
  SignCall Take(CallerCache& callers,
                const std::shared_ptr<const ServingSnapshot>& snapshot) {
    SignCall call;
    call.request = std::move(request_);
    call.caller = callers.Find(*context_.auth_context(), snapshot);
    call.received = received_;
    call.deadline = absl::FromChrono(context_.deadline());
    return call;
  }

  static void Answer(std::unique_ptr<Call> call,
                     const absl::StatusOr<SignResponse>& result,
                     absl::string_view policy_version) {
    Call* sent = call.release();
    sent->answered_ = true;
    if (result.ok()) {
      sent->writer_.Finish(*result, grpc::Status::OK, sent);
    } else {
      sent->writer_.FinishWithError(
          ToGrpcStatus(result.status(), policy_version), sent);
    }
  }

 private:
  friend class SignCalls;

  SignCalls& calls_;
  bool answered_ = false;
  absl::Time received_;
  grpc::ServerContext context_;
  SignRequest request_;
  grpc::ServerAsyncResponseWriter<SignResponse> writer_{&context_};
};

SignCalls::SignCalls(TlsSignerService& service, const RequestHandler& handler,
                     OpenConnections& connections, RpcQueue& queue)
    : service_(service),
      handler_(handler),
      connections_(connections),
      queue_(queue) {}

SignCalls::~SignCalls() = default;

void SignCalls::Ask() {
  for (int i = 0; i < kCallsAskedAhead; ++i) AskForOne();
}

void SignCalls::AskForOne() {
  if (!queue_.accepting()) return;
  Call* call = new Call(*this);  // gRPC's
  service_.RequestSign(&call->context_, &call->request_, &call->writer_,
                       queue_.get(), queue_.get(), call);
}

// Calls that the vault has, until it is done with all of them.
struct SignCalls::Batch {
  Batch(SignCalls& owner, std::vector<std::unique_ptr<Call>> calls,
        std::shared_ptr<const ServingSnapshot> snapshot)
      : owner(owner), calls(std::move(calls)), snapshot(std::move(snapshot)) {}
  ~Batch() {
    absl::MutexLock lock(&owner.mutex_);
    --owner.in_vault_;
  }

  SignCalls& owner;
  std::vector<std::unique_ptr<Call>> calls;
  const std::shared_ptr<const ServingSnapshot> snapshot;
};

void SignCalls::SignArrived() {
  if (arrived_.empty()) return;
  std::vector<std::unique_ptr<Call>> arrived = std::exchange(arrived_, {});
  {
    absl::MutexLock lock(&mutex_);
    if (closed_) return;
    ++in_vault_;
  }
  auto batch = std::make_unique<Batch>(*this, std::move(arrived),
                                       handler_.state().Get());
  std::vector<SignCall> calls;
  calls.reserve(batch->calls.size());
  for (const std::unique_ptr<Call>& call : batch->calls) {
    calls.push_back(call->Take(callers_, batch->snapshot));
    calls.back().cancelled = cancelled_;
  }
  handler_.Sign(std::move(calls), [batch = std::move(batch)](
                                      std::vector<SignAnswer> answers) {
    const OpenConnections::Corked corked =
        batch->owner.connections_.Cork(answers.size());
    for (const SignAnswer& answer : answers) {
      Call::Answer(std::move(batch->calls[answer.call]), answer.response,
                   batch->snapshot->policy_version());
    }
  });
}

void SignCalls::Close() {
  *cancelled_ = true;
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return in_vault_ == 0;
  };
  mutex_.Await(absl::Condition(&none));
}

}  // namespace keyhold
