// Unary Sign calls of one queue, given to the vault by its thread, a turn's in
// one batch.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_CALLS_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_CALLS_H_

#include <atomic>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "signer_service/front/caller_cache.h"
#include "signer_service/front/open_connections.h"
#include "signer_service/front/request_handler.h"
#include "signer_service/front/rpc_queue.h"
#include "signer_service/front/tls_signer_service.h"

namespace keyhold {

// Used on the queue's thread only, unless stated otherwise.
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
  // Signs no more: what arrives is dropped, and what waits in the vault is
  // cancelled. Returns once all that the vault had is answered; call it before
  // the queue is stopped, on any thread.
  void Close();

 private:
  class Call;
  struct Batch;

  void AskForOne();

  TlsSignerService& service_;
  const RequestHandler& handler_;
  OpenConnections& connections_;
  RpcQueue& queue_;
  CallerCache callers_;
  std::vector<std::unique_ptr<Call>> arrived_;
  const std::shared_ptr<std::atomic<bool>> cancelled_ =
      std::make_shared<std::atomic<bool>>(false);
  absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  // Batches that the vault has.
  int in_vault_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_CALLS_H_
