// Unary calls that are answered at once, on their queue's thread.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_UNARY_CALL_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_UNARY_CALL_H_

#include <functional>
#include <memory>
#include <utility>

#include "grpcpp/server_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "grpcpp/support/status.h"
#include "signer_service/front/caller_budget.h"
#include "signer_service/front/rpc_queue.h"

namespace keyhold {

// A method on one queue.
template <typename Request, typename Response>
struct UnaryMethod {
  using Writer = grpc::ServerAsyncResponseWriter<Response>;

  // gRPC's RequestX of the method.
  std::function<void(grpc::ServerContext*, Request*, Writer*,
                     grpc::CompletionQueue*, grpc::ServerCompletionQueue*,
                     void*)>
      ask;
  // Fills the response, or fails. What is held is held until the client has
  // the response.
  std::function<grpc::Status(const grpc::ServerContext&, const Request&,
                             Response&, HeldBytes&)>
      answer;
};

// One call, from before it arrives. Deletes itself.
template <typename Request, typename Response>
class UnaryCall final : public RpcEvent {
 public:
  using Method = UnaryMethod<Request, Response>;

  // Lets gRPC deliver one call, and after it the next. `queue` outlives it.
  static void Ask(RpcQueue& queue, std::shared_ptr<const Method> method) {
    if (!queue.accepting()) return;
    auto* call = new UnaryCall(queue, std::move(method));
    call->method_->ask(&call->context_, &call->request_, &call->writer_,
                       queue.get(), queue.get(), call);
  }

  void OnDone(bool ok) override {
    // Answered, or the server shuts down: then nothing may be answered through
    // the queue.
    if (answered_ || !ok || !queue_.accepting()) {
      delete this;
      return;
    }
    Ask(queue_, method_);
    answered_ = true;
    Response response;
    const grpc::Status status =
        method_->answer(context_, request_, response, held_);
    writer_.Finish(response, status, this);
  }

 private:
  UnaryCall(RpcQueue& queue, std::shared_ptr<const Method> method)
      : queue_(queue), method_(std::move(method)) {}

  RpcQueue& queue_;
  const std::shared_ptr<const Method> method_;
  bool answered_ = false;
  HeldBytes held_;
  grpc::ServerContext context_;
  Request request_;
  typename Method::Writer writer_{&context_};
};

// Lets gRPC deliver calls of one method on `queue`, a few ahead.
template <typename Request, typename Response>
void AskForUnary(RpcQueue& queue, UnaryMethod<Request, Response> method) {
  constexpr int kCallsAskedAhead = 4;
  const auto shared =
      std::make_shared<const UnaryMethod<Request, Response>>(std::move(method));
  for (int i = 0; i < kCallsAskedAhead; ++i) {
    UnaryCall<Request, Response>::Ask(queue, shared);
  }
}

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_UNARY_CALL_H_
