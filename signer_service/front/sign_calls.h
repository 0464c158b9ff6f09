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

// What a client gives up before it is signed is not signed.
//
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
  // Signs no more: what arrives is dropped. Returns once all that the vault had
  // is answered; call it after gRPC's server has shut down, which cancels all
  // calls, and before the queue is stopped. On any thread.
  void Close();

 private:
  class Call;
  struct Batch;
  // One for each call of a turn: set once its client has given it up.
  using Cancelled = std::vector<std::atomic<bool>>;

  void AskForOne();
  void Drop();

  TlsSignerService& service_;
  const RequestHandler& handler_;
  OpenConnections& connections_;
  RpcQueue& queue_;
  CallerCache callers_;
  // Held, and their flags.
  std::vector<Call*> arrived_;
  std::shared_ptr<Cancelled> cancelled_;
  absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  // Batches that the vault has.
  int in_vault_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_CALLS_H_
