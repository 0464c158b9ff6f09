// The gRPC server of one local user.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_LOCAL_CALLER_SERVER_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_LOCAL_CALLER_SERVER_H_

#include <sys/types.h>

#include <memory>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "grpcpp/server.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "signer_service/front/caller_budget.h"
#include "signer_service/front/callers.h"
#include "signer_service/front/health_service.h"
#include "signer_service/front/request_handler.h"
#include "signer_service/front/rpc_queue.h"
#include "signer_service/front/sign_streams.h"
#include "signer_service/front/signing_pool.h"
#include "signer_service/front/unary_sign_queue.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

using LocalSignerService = signer::v1::Signer::WithCallbackMethod_ListKeys<
    signer::v1::Signer::WithCallbackMethod_GetKey<
        signer::v1::Signer::WithCallbackMethod_ChooseScheme<
            signer::v1::Signer::WithCallbackMethod_Sign<
                signer::v1::Signer::WithRawCallbackMethod_SignStream<
                    signer::v1::Signer::Service>>>>>;

// gRPC does not say who is at the other end of a UNIX socket. So whoever
// accepts a connection asks the kernel, and gives it to the server of that
// user, which knows one caller only. No call is ever matched to a user by a
// descriptor's number or an address, which others may get later.
//
// Thread-safe.
class LocalCallerServer {
 public:
  // `handler` and `pool` must outlive this. Internal if gRPC cannot start.
  static absl::StatusOr<std::unique_ptr<LocalCallerServer>> Start(
      uid_t uid, const RequestHandler& handler, SigningPool& pool,
      bool reflection);

  ~LocalCallerServer();

  // Serves a connected stream socket whose peer is this server's user.
  void Serve(UniqueFd connection);

  // See SignStreams::OnDrain; health answers NOT_SERVING.
  void OnDrain();
  // See HealthService.
  void SetPaused(bool paused) { health_.SetPaused(paused); }
  // Waits for calls under way, until `deadline`; then cancels them. Ends
  // health watches at once.
  void Shutdown(absl::Time deadline);

 private:
  class Service final : public LocalSignerService {
   public:
    explicit Service(LocalCallerServer& server) : server_(server) {}

    grpc::ServerUnaryReactor* ListKeys(
        grpc::CallbackServerContext* context,
        const signer::v1::ListKeysRequest* request,
        signer::v1::ListKeysResponse* response) override;
    grpc::ServerUnaryReactor* GetKey(
        grpc::CallbackServerContext* context,
        const signer::v1::GetKeyRequest* request,
        signer::v1::GetKeyResponse* response) override;
    grpc::ServerUnaryReactor* ChooseScheme(
        grpc::CallbackServerContext* context,
        const signer::v1::ChooseSchemeRequest* request,
        signer::v1::ChooseSchemeResponse* response) override;
    grpc::ServerUnaryReactor* Sign(grpc::CallbackServerContext* context,
                                   const signer::v1::SignRequest* request,
                                   signer::v1::SignResponse* response) override;
    grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* SignStream(
        grpc::CallbackServerContext* context) override;

   private:
    LocalCallerServer& server_;
  };

  LocalCallerServer(uid_t uid, const RequestHandler& handler,
                    SigningPool& pool);

  const RequestHandler& handler_;
  SigningPool& pool_;
  FixedCaller caller_;
  Service service_{*this};
  std::shared_ptr<UnarySignQueue> sign_queue_;
  CallerBudgets budgets_;
  SignStreams streams_;
  HealthService health_;
  // Of health's calls. Outlives the server that uses it.
  std::unique_ptr<RpcQueue> queue_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_LOCAL_CALLER_SERVER_H_
