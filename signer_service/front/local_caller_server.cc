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

// Finishes its call, and holds bytes until the client has the response.
class HeldAnswer final : public grpc::ServerUnaryReactor {
 public:
  HeldBytes& held() { return held_; }
  void OnDone() override { delete this; }

 private:
  HeldBytes held_;
};

// Finishes the call with `answer`: the response, or its error.
template <typename Response>
grpc::ServerUnaryReactor* FinishUnary(CallerBudgets& budgets,
                                      const CallerView& caller,
                                      absl::StatusOr<Response> answer,
                                      Response* response) {
  auto* reactor = new HeldAnswer;
  absl::Status status = answer.status();
  if (status.ok() && !reactor->held().Take(budgets.Find(caller.identity.name()),
                                           answer->ByteSizeLong())) {
    status = CallerHasTooManyBytesError();
  }
  if (status.ok()) *response = *std::move(answer);
  reactor->Finish(ToGrpcStatus(status, caller.snapshot->policy_version()));
  return reactor;
}

}  // namespace

LocalCallerServer::LocalCallerServer(uid_t uid, const RequestHandler& handler,
                                     SigningPool& pool)
    : handler_(handler),
      pool_(pool),
      caller_(handler.state(), Identity::FromUid(uid)),
      sign_queue_(std::make_shared<UnarySignQueue>(
          Identity::FromUid(uid).name(), handler, pool)) {}

grpc::ServerUnaryReactor* LocalCallerServer::Service::ListKeys(
    grpc::CallbackServerContext* context,
    const signer::v1::ListKeysRequest* request,
    signer::v1::ListKeysResponse* response) {
  const auto caller = server_.caller_.Find(*context);
  return FinishUnary(server_.budgets_, *caller,
                     server_.handler_.ListKeys(*caller, *request), response);
}

grpc::ServerUnaryReactor* LocalCallerServer::Service::GetKey(
    grpc::CallbackServerContext* context,
    const signer::v1::GetKeyRequest* request,
    signer::v1::GetKeyResponse* response) {
  const auto caller = server_.caller_.Find(*context);
  return FinishUnary(server_.budgets_, *caller,
                     server_.handler_.GetKey(*caller, *request), response);
}

grpc::ServerUnaryReactor* LocalCallerServer::Service::ChooseScheme(
    grpc::CallbackServerContext* context,
    const signer::v1::ChooseSchemeRequest* request,
    signer::v1::ChooseSchemeResponse* response) {
  const auto caller = server_.caller_.Find(*context);
  return FinishUnary(server_.budgets_, *caller,
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
      context,
      {server_.caller_, server_.handler_, server_.pool_, server_.budgets_},
      server_.streams_);
}

absl::StatusOr<std::unique_ptr<LocalCallerServer>> LocalCallerServer::Start(
    uid_t uid, const RequestHandler& handler, SigningPool& pool,
    bool reflection) {
  std::unique_ptr<LocalCallerServer> local(
      new LocalCallerServer(uid, handler, pool));
  grpc::ServerBuilder builder;
  ApplyServerOptions(builder, reflection);
  builder.RegisterService(&local->service_);
  builder.RegisterService(local->health_.service());
  local->queue_ = std::make_unique<RpcQueue>(builder.AddCompletionQueue());
  local->server_ = builder.BuildAndStart();
  if (local->server_ == nullptr) {
    return absl::InternalError("gRPC could not start a server");
  }
  if (handler.state().draining()) local->health_.StopServing();
  local->health_.SetPaused(handler.state().paused());
  local->queue_->Start([&] { local->health_.Ask(*local->queue_); }, nullptr);
  return local;
}

void LocalCallerServer::Serve(UniqueFd connection) {
  grpc::AddInsecureChannelFromFd(server_.get(), connection.release());
}

LocalCallerServer::~LocalCallerServer() { Shutdown(absl::InfinitePast()); }

void LocalCallerServer::OnDrain() {
  health_.StopServing();
  streams_.OnDrain();
}

void LocalCallerServer::Shutdown(absl::Time deadline) {
  health_.EndWatches();
  streams_.AwaitNoneUntil(deadline);
  if (server_ != nullptr) ShutdownBy(*server_, deadline);
  streams_.AwaitNone();
  health_.AwaitNone();
  if (queue_ != nullptr) queue_->Stop();
}

}  // namespace keyhold
