// The RPCs that every listener serves in the same way, as callbacks: all but
// unary Sign.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_SIGNER_METHODS_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_SIGNER_METHODS_H_

#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "grpcpp/server_context.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "signer_service/front/callers.h"
#include "signer_service/front/request_handler.h"
#include "signer_service/front/sign_stream.h"
#include "signer_service/front/sign_streams.h"
#include "signer_service/front/signing_pool.h"
#include "signer_service/front/status_conversion.h"

namespace keyhold {

// Finishes the call with `answer`: the response, or its error.
template <typename Response>
grpc::ServerUnaryReactor* FinishUnary(grpc::CallbackServerContext* context,
                                      const CallerView& caller,
                                      absl::StatusOr<Response> answer,
                                      Response* response) {
  if (answer.ok()) *response = *std::move(answer);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(
      ToGrpcStatus(answer.status(), caller.snapshot->policy_version()));
  return reactor;
}

// `Sign` is the generated service with whatever the listener does for Sign.
// Thread-safe.
template <typename Sign>
class SignerMethods
    : public signer::v1::Signer::WithCallbackMethod_ListKeys<
          signer::v1::Signer::WithCallbackMethod_GetKey<
              signer::v1::Signer::WithCallbackMethod_ChooseScheme<
                  signer::v1::Signer::WithRawCallbackMethod_SignStream<
                      Sign>>>> {
 public:
  // All must outlive this.
  SignerMethods(Callers& callers, const RequestHandler& handler,
                SigningPool& pool)
      : callers_(callers), handler_(handler), pool_(pool) {}

  grpc::ServerUnaryReactor* ListKeys(
      grpc::CallbackServerContext* context,
      const signer::v1::ListKeysRequest* request,
      signer::v1::ListKeysResponse* response) final {
    const auto caller = callers_.Find(*context);
    return FinishUnary(context, *caller, handler_.ListKeys(*caller, *request),
                       response);
  }

  grpc::ServerUnaryReactor* GetKey(grpc::CallbackServerContext* context,
                                   const signer::v1::GetKeyRequest* request,
                                   signer::v1::GetKeyResponse* response) final {
    const auto caller = callers_.Find(*context);
    return FinishUnary(context, *caller, handler_.GetKey(*caller, *request),
                       response);
  }

  grpc::ServerUnaryReactor* ChooseScheme(
      grpc::CallbackServerContext* context,
      const signer::v1::ChooseSchemeRequest* request,
      signer::v1::ChooseSchemeResponse* response) final {
    const auto caller = callers_.Find(*context);
    return FinishUnary(context, *caller,
                       handler_.ChooseScheme(*caller, *request), response);
  }

  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* SignStream(
      grpc::CallbackServerContext* context) final {
    return streams_.Start(context, {callers_, handler_, pool_});
  }

  // See SignStreams::OnDrain.
  void OnDrain() { streams_.OnDrain(); }

 protected:
  Callers& callers() { return callers_; }
  const RequestHandler& handler() const { return handler_; }

 private:
  Callers& callers_;
  const RequestHandler& handler_;
  SigningPool& pool_;
  SignStreams streams_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SIGNER_METHODS_H_
