// Answers unary Sign over TLS: one completion queue and one thread, which
// signs for itself. With one of these for each core a signature changes
// threads nowhere.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_CALL_QUEUE_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_CALL_QUEUE_H_

#include <memory>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/completion_queue.h"
#include "signer_service/front/caller_cache.h"
#include "signer_service/front/request_handler.h"
#include "signer_service/front/tls_signer_service.h"

namespace keyhold {

// The thread takes all that its queue holds, up to kSignaturesPerTurn calls,
// and has the vault sign them in one batch: under load the costs of a turn
// are shared, and a lone call never waits for company.
//
// Start after the gRPC server has started, Stop after it has shut down.
class SignCallQueue {
 public:
  // `service` and `handler` must outlive this.
  SignCallQueue(TlsSignerService& service, const RequestHandler& handler,
                std::unique_ptr<grpc::ServerCompletionQueue> queue);
  ~SignCallQueue();
  SignCallQueue(const SignCallQueue&) = delete;
  SignCallQueue& operator=(const SignCallQueue&) = delete;

  void Start();
  // Waits until the thread has answered what it took.
  void Stop();

 private:
  struct Call;

  void Work();
  // Lets gRPC deliver one more call here.
  void Request() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Sort(void* tag, bool ok, std::vector<std::unique_ptr<Call>>& arrived)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void SignAll(std::vector<std::unique_ptr<Call>> arrived)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  TlsSignerService& service_;
  const RequestHandler& handler_;
  const std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  CallerCache callers_;
  std::thread thread_;
  // Held for a turn, so that the queue is never shut down beneath one: gRPC
  // aborts the process if it is used after that.
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_CALL_QUEUE_H_
