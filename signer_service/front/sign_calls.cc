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

void SignCalls::SignArrived() {
  // Nothing may be answered through a queue that is shut down.
  if (!queue_.accepting()) arrived_.clear();
  if (arrived_.empty()) return;
  const std::shared_ptr<const ServingSnapshot> snapshot =
      handler_.state().Get();
  std::vector<SignCall> calls;
  calls.reserve(arrived_.size());
  for (const std::unique_ptr<Call>& call : arrived_) {
    calls.push_back(call->Take(callers_, snapshot));
  }
  handler_.Sign(std::move(calls),
                [this, arrived = std::exchange(arrived_, {}),
                 snapshot](RequestHandler::SignResults results) mutable {
                  const OpenConnections::Corked corked =
                      connections_.Cork(arrived.size());
                  for (size_t i = 0; i < arrived.size(); ++i) {
                    Call::Answer(std::move(arrived[i]), results[i],
                                 snapshot->policy_version());
                  }
                });
}

}  // namespace keyhold
