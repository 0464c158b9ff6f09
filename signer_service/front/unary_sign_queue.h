// Unary Sign calls that wait for the signing pool.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_UNARY_SIGN_QUEUE_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_UNARY_SIGN_QUEUE_H_

#include <deque>
#include <memory>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "signer_service/front/request_handler.h"
#include "signer_service/front/signing_pool.h"

namespace keyhold {

// The calls of one local user: users take turns. At most
// max_items_in_flight wait; beyond, ResourceExhausted (kTooManyInFlight). What
// a client gives up before it is signed is not signed.
//
// Thread-safe.
class UnarySignQueue final
    : public SigningQueue,
      public std::enable_shared_from_this<UnarySignQueue> {
 public:
  // Of the user with this identity. Handler and pool must outlive this.
  UnarySignQueue(std::string owner, const RequestHandler& handler,
                 SigningPool& pool)
      : owner_(std::move(owner)), handler_(handler), pool_(pool) {}

  // The reactor of a new call, for gRPC. `request` and `response` live until
  // it is finished.
  grpc::ServerUnaryReactor* Add(grpc::CallbackServerContext* context,
                                const signer::v1::SignRequest* request,
                                signer::v1::SignResponse* response,
                                std::shared_ptr<const CallerView> caller);

  absl::string_view owner() const override { return owner_; }
  void TakeTurn() override;

 private:
  class Reactor;
  struct Pending {
    Reactor* reactor;
    signer::v1::SignResponse* response;
    SignCall call;
  };

  const std::string owner_;
  const RequestHandler& handler_;
  SigningPool& pool_;
  absl::Mutex mutex_;
  std::deque<Pending> waiting_ ABSL_GUARDED_BY(mutex_);
  bool in_line_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_UNARY_SIGN_QUEUE_H_
