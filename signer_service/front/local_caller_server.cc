#include "signer_service/front/local_caller_server.h"

#include <utility>

#include "absl/status/status.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/server_posix.h"
#include "signer_service/front/callback_sign_stream.h"
#include "signer_service/front/server_options.h"
#include "signer_service/front/status_conversion.h"
#include "signer_service/policy/identity.h"

namespace keyhold {
namespace {

// Finishes the call with `answer`: the response, or its error.
template <typename Response>
grpc::ServerUnaryReactor* FinishUnary(grpc::CallbackServerContext* context,
                                      const CallerView& caller,
                                      absl::StatusOr<Response> answer,
                                      Response* response) {
  const absl::Status status = answer.status();
  if (answer.ok()) *response = *std::move(answer);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status, caller.snapshot->policy_version()));
  return reactor;
}

}  // namespace

LocalCallerServer::LocalCallerServer(uid_t uid, const RequestHandler& handler,
                                     SigningPool& pool)
    : handler_(handler),
      pool_(pool),
      caller_(handler.state(), Identity::FromUid(uid)),
      sign_queue_(std::make_shared<UnarySignQueue>(handler, pool)) {}

grpc::ServerUnaryReactor* LocalCallerServer::Service::ListKeys(
    grpc::CallbackServerContext* context,
    const signer::v1::ListKeysRequest* request,
    signer::v1::ListKeysResponse* response) {
  const auto caller = server_.caller_.Find(*context);
  return FinishUnary(context, *caller,
                     server_.handler_.ListKeys(*caller, *request), response);
}

grpc::ServerUnaryReactor* LocalCallerServer::Service::GetKey(
    grpc::CallbackServerContext* context,
    const signer::v1::GetKeyRequest* request,
    signer::v1::GetKeyResponse* response) {
  const auto caller = server_.caller_.Find(*context);
  return FinishUnary(context, *caller,
                     server_.handler_.GetKey(*caller, *request), response);
}

grpc::ServerUnaryReactor* LocalCallerServer::Service::ChooseScheme(
    grpc::CallbackServerContext* context,
    const signer::v1::ChooseSchemeRequest* request,
    signer::v1::ChooseSchemeResponse* response) {
  const auto caller = server_.caller_.Find(*context);
  return FinishUnary(context, *caller,
                     server_.handler_.ChooseScheme(*caller, *request),
                     response);
}

grpc::ServerUnaryReactor* LocalCallerServer::Service::Sign(
    grpc::CallbackServerContext* context,
    const signer::v1::SignRequest* request,
    signer::v1::SignResponse* response) {
  return server_.sign_queue_->Add(context, request, response,
                                  server_.caller_.Find(*context));
}

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>*
LocalCallerServer::Service::SignStream(grpc::CallbackServerContext* context) {
  return CallbackSignStream::Start(
      context, {server_.caller_, server_.handler_, server_.pool_},
      server_.streams_);
}

absl::StatusOr<std::unique_ptr<LocalCallerServer>> LocalCallerServer::Start(
    uid_t uid, const RequestHandler& handler, SigningPool& pool,
    bool reflection) {
  std::unique_ptr<LocalCallerServer> local(
      new LocalCallerServer(uid, handler, pool));
  grpc::ServerBuilder builder;
  ApplyServerOptions(builder, reflection, /*health=*/true);
  builder.RegisterService(&local->service_);
  local->server_ = builder.BuildAndStart();
  if (local->server_ == nullptr) {
    return absl::InternalError("gRPC could not start a server");
  }
  SetServing(*local->server_, !handler.state().draining());
  return local;
}

void LocalCallerServer::Serve(UniqueFd connection) {
  grpc::AddInsecureChannelFromFd(server_.get(), connection.release());
}

void LocalCallerServer::OnDrain() {
  SetServing(*server_, false);
  streams_.OnDrain();
}

void LocalCallerServer::Shutdown(absl::Time deadline) {
  ShutdownBy(*server_, deadline);
}

}  // namespace keyhold
