// Unary Sign calls of one queue, signed by its thread, a turn's in one batch.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_CALLS_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_CALLS_H_

#include <memory>
#include <vector>

#include "signer_service/front/caller_cache.h"
#include "signer_service/front/open_connections.h"
#include "signer_service/front/request_handler.h"
#include "signer_service/front/rpc_queue.h"
#include "signer_service/front/tls_signer_service.h"

namespace keyhold {

// Used on the queue's thread only.
class SignCalls {
 public:
  // All must outlive this.
  SignCalls(TlsSignerService& service, const RequestHandler& handler,
            OpenConnections& connections, RpcQueue& queue);
  ~SignCalls();

  // Lets gRPC deliver calls, as many as it can before the thread takes them.
  void Ask();
  // Signs what has arrived since the last time.
  void SignArrived();

 private:
  class Call;

  void AskForOne();

  TlsSignerService& service_;
  const RequestHandler& handler_;
  OpenConnections& connections_;
  RpcQueue& queue_;
  CallerCache callers_;
  std::vector<std::unique_ptr<Call>> arrived_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_CALLS_H_
