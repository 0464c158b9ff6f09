// One SignStream call: reads frames, queues their items for the signing pool,
// and writes the answers.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_STREAM_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_STREAM_H_

#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/functional/any_invocable.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/server_callback.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "signer_service/front/callers.h"
#include "signer_service/front/request_handler.h"
#include "signer_service/front/signing_pool.h"
#include "signer_service/front/stream_frame.h"

namespace keyhold {

// Items wait here until the pool has a turn for this stream; what waits can
// be cancelled and runs out of time. Reading pauses while many answers are
// unsent, so a client that does not read has the service stop reading too.
//
// The call ends
// - with OK after a half-close, once every item is answered;
// - with UNAVAILABLE (kDraining) while the service drains, likewise;
// - with the error of a frame that is no frame, or too large, at once.
// If the client goes away, what has not started is dropped.
//
// Thread-safe. Owns itself until gRPC is done with it.
class SignStream final
    : public grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>,
      public SigningQueue,
      public std::enable_shared_from_this<SignStream> {
 public:
  // What a stream uses; outlives it.
  struct Environment {
    Callers& callers;
    const RequestHandler& handler;
    SigningPool& pool;
  };

  // The stream of a new call, for gRPC. `on_done` runs when it is over.
  static std::shared_ptr<SignStream> Start(grpc::CallbackServerContext* context,
                                           const Environment& environment,
                                           absl::AnyInvocable<void()> on_done);

  // Looks again whether the stream can end: the service has begun to drain.
  void OnDrain();

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;
  void TakeTurn() override;

 private:
  using Waiting = std::list<SignCall>;

  SignStream(grpc::CallbackServerContext* context,
             const Environment& environment, absl::AnyInvocable<void()> on_done)
      : context_(*context),
        environment_(environment),
        on_done_(std::move(on_done)) {}

  // What is to be done once the lock is released: gRPC may call back.
  struct Actions {
    bool read = false;
    bool write = false;
    bool schedule = false;
    std::optional<grpc::Status> finish;
  };
  Actions Decide() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Perform(Actions actions) ABSL_LOCKS_EXCLUDED(mutex_);

  void Accept(ClientFrame frame,
              const std::shared_ptr<const CallerView>& caller)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AcceptItem(signer::v1::SignRequest request,
                  const std::shared_ptr<const CallerView>& caller,
                  absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CancelItem(uint64_t id, const CallerView& caller)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Refuse(const signer::v1::SignRequest& request, const CallerView& caller,
              const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AnswerFailure(uint64_t id, const CallerView& caller,
                     const absl::Status& status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndWith(const absl::Status& status, const CallerView& caller)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Deliver(const std::vector<uint64_t>& ids,
               const std::vector<std::shared_ptr<const CallerView>>& callers,
               RequestHandler::SignResults results);

  const RequestLimits& limits() const { return environment_.handler.limits(); }

  grpc::CallbackServerContext& context_;
  const Environment environment_;
  absl::AnyInvocable<void()> on_done_;
  // Keeps this alive until OnDone.
  std::shared_ptr<SignStream> self_;
  // gRPC fills and empties these while reading_ or writing_.
  grpc::ByteBuffer read_buffer_;
  grpc::ByteBuffer write_buffer_;

  absl::Mutex mutex_;
  // As of the last frame. Never null.
  std::shared_ptr<const CallerView> caller_ ABSL_GUARDED_BY(mutex_);
  Waiting waiting_ ABSL_GUARDED_BY(mutex_);
  // Accepted and not yet answered, by id; the place in waiting_, or its end
  // for what has started.
  absl::flat_hash_map<uint64_t, Waiting::iterator> outstanding_
      ABSL_GUARDED_BY(mutex_);
  std::deque<signer::v1::SignResponse> answers_ ABSL_GUARDED_BY(mutex_);
  // Set when the call is to end at once, whatever is outstanding.
  std::optional<grpc::Status> end_ ABSL_GUARDED_BY(mutex_);
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool in_line_ ABSL_GUARDED_BY(mutex_) = false;
  bool half_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_STREAM_H_
