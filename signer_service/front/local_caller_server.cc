#include "signer_service/front/local_caller_server.h"

#include "absl/status/status.h"
#include "grpcpp/server_builder.h"
#include "grpcpp/server_posix.h"
#include "signer_service/front/server_options.h"
#include "signer_service/policy/identity.h"

namespace keyhold {

LocalCallerServer::LocalCallerServer(uid_t uid, const RequestHandler& handler,
                                     SigningPool& pool)
    : caller_(handler.state(), Identity::FromUid(uid)),
      service_(caller_, handler, pool) {}

absl::StatusOr<std::unique_ptr<LocalCallerServer>> LocalCallerServer::Start(
    uid_t uid, const RequestHandler& handler, SigningPool& pool,
    bool reflection) {
  std::unique_ptr<LocalCallerServer> local(
      new LocalCallerServer(uid, handler, pool));
  grpc::ServerBuilder builder;
  ApplyServerOptions(builder, reflection);
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
  service_.OnDrain();
}

void LocalCallerServer::Shutdown(absl::Time deadline) {
  ShutdownBy(*server_, deadline);
}

}  // namespace keyhold
