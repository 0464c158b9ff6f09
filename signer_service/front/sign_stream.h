// One SignStream call, independent of what carries it: takes frames, queues
// their items for the signing pool, and gives out the answers.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_STREAM_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_STREAM_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/byte_buffer.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "signer_service/front/caller_budget.h"
#include "signer_service/front/callers.h"
#include "signer_service/front/request_handler.h"
#include "signer_service/front/signing_pool.h"
#include "signer_service/front/stream_frame.h"
#include "signer_service/front/stream_wire.h"

namespace keyhold {

// Items wait here until the pool has a turn for this stream, and some then in
// the vault; what waits can be cancelled and runs out of time. What a stream,
// and all streams of a caller, may have outstanding is bounded in items and in
// bytes; beyond, items fail with ResourceExhausted (kTooManyInFlight). Reading
// pauses while many answers are unsent, so a client that does not read has the
// service stop reading too.
//
// The call ends
// - with OK after a half-close, once every item is answered;
// - with UNAVAILABLE (kDraining) while the service drains, likewise;
// - with the error of a frame that is no frame, or too large, at once.
// If the client goes away, what has not started is dropped.
//
// Thread-safe. The pool holds a reference while it works for the stream; the
// wire's owner holds one until the call is over.
class SignStream final : public SigningQueue,
                         public std::enable_shared_from_this<SignStream> {
 public:
  static constexpr size_t kMaxBytesInFlight = size_t{8} << 20;

  // What a stream uses; outlives it.
  struct Environment {
    Callers& callers;
    const RequestHandler& handler;
    SigningPool& pool;
    CallerBudgets& budgets;
  };

  // `context` and `wire` live until the call is over.
  SignStream(const grpc::ServerContextBase& context, StreamWire& wire,
             const Environment& environment);
  ~SignStream() override;

  // Starts the call's first operations.
  void Start();
  // Looks again whether the stream can end: the service has begun to drain.
  void OnDrain() { Step(); }

  // For the wire. Not ok: there is nothing more to read.
  void OnReadDone(bool ok);
  // Not ok: the client is gone.
  void OnWriteDone(bool ok);
  // The client is gone.
  void OnCancel();

  // For the pool.
  absl::string_view owner() const override { return owner_; }
  void TakeTurn() override;

 private:
  SignStream(const grpc::ServerContextBase& context, StreamWire& wire,
             const Environment& environment,
             std::shared_ptr<const CallerView> caller);

  using Waiting = std::list<SignCall>;
  struct Outstanding {
    // In waiting_, or its end for what the vault has.
    Waiting::iterator place;
    // Of what the vault has: set it, and what has not started is dropped.
    std::shared_ptr<std::atomic<bool>> cancelled;
    size_t bytes;
  };

  // What is to be done once the lock is released: gRPC may call back.
  struct Actions {
    bool read = false;
    bool write = false;
    bool schedule = false;
    std::optional<grpc::Status> finish;
  };
  Actions Decide() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Perform(Actions actions) ABSL_LOCKS_EXCLUDED(mutex_);
  // Does what there is to do. One thread at a time, so that nothing is started
  // on the wire after its end.
  void Step() ABSL_LOCKS_EXCLUDED(mutex_);
  // Drops everything; the call will end with `status`.
  void EndWith(grpc::Status status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  void Accept(ClientFrame frame,
              const std::shared_ptr<const CallerView>& caller)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AcceptItem(signer::v1::SignRequest request,
                  const std::shared_ptr<const CallerView>& caller,
                  absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Why an item of so many bytes is not taken; if OK, the bytes are.
  absl::Status Take(const signer::v1::SignRequest& request, size_t bytes,
                    const CallerView& caller)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void GiveBytes(size_t bytes) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void CancelItem(uint64_t id, const CallerView& caller)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Refuse(const signer::v1::SignRequest& request, const CallerView& caller,
              const absl::Status& status) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AnswerFailure(uint64_t id, const CallerView& caller,
                     const absl::Status& status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndWithFault(const absl::Status& fault, const CallerView& caller)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Deliver(const std::vector<uint64_t>& ids,
               std::vector<SignAnswer> answers);

  const RequestLimits& limits() const { return environment_.handler.limits(); }

  const grpc::ServerContextBase& context_;
  StreamWire& wire_;
  const Environment environment_;
  const std::string owner_;
  // gRPC fills and empties these while reading_ or writing_.
  grpc::ByteBuffer read_buffer_;
  grpc::ByteBuffer write_buffer_;

  absl::Mutex mutex_;
  // As of the last frame. Never null.
  std::shared_ptr<const CallerView> caller_ ABSL_GUARDED_BY(mutex_);
  Waiting waiting_ ABSL_GUARDED_BY(mutex_);
  // Accepted and not yet answered, by id.
  absl::flat_hash_map<uint64_t, Outstanding> outstanding_
      ABSL_GUARDED_BY(mutex_);
  const std::shared_ptr<CallerBudget> budget_;
  // What all of outstanding_ takes.
  size_t bytes_ ABSL_GUARDED_BY(mutex_) = 0;
  bool counted_ ABSL_GUARDED_BY(mutex_) = false;
  std::deque<signer::v1::SignResponse> answers_ ABSL_GUARDED_BY(mutex_);
  // Set when the call is to end at once, whatever is outstanding.
  std::optional<grpc::Status> end_ ABSL_GUARDED_BY(mutex_);
  bool limits_unsent_ ABSL_GUARDED_BY(mutex_) = false;
  bool stepping_ ABSL_GUARDED_BY(mutex_) = false;
  bool step_again_ ABSL_GUARDED_BY(mutex_) = false;
  bool reading_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool in_line_ ABSL_GUARDED_BY(mutex_) = false;
  bool half_closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_STREAM_H_
