// One SignStream call of the service. Includes gRPC, so for .cc files only.
#ifndef KEYHOLD_TLS_LIB_REMOTE_SIGN_STREAM_CLIENT_H_
#define KEYHOLD_TLS_LIB_REMOTE_SIGN_STREAM_CLIENT_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/status.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/remote/completion_loop.h"

namespace keyhold {

class SignStreamClient;

// One signature that is asked for.
struct SignItem {
  // See SignItemBody.
  std::shared_ptr<const std::string> body;
  absl::Time deadline;
};

// Who waits for an item of a stream. Exactly one of OnAnswer and OnLost is
// called for each item, on CompletionLoop's thread and without a lock, unless
// the item is cancelled before.
class SignReceiver {
 public:
  virtual ~SignReceiver() = default;
  // `response` may carry a refusal in its status.
  virtual void OnAnswer(const SignStreamClient& stream, uint64_t id,
                        signer::v1::SignResponse response) = 0;
  // The stream ended before the answer; whether the service signed is not
  // known. `status` is not OK.
  virtual void OnLost(const SignStreamClient& stream, uint64_t id,
                      const absl::Status& status) = 0;
  // SignStreamClient::Doubt: the item goes on, but better do not count on it.
  virtual void OnDoubt(const SignStreamClient& stream, uint64_t id) = 0;
};

// Sends whatever is queued as one frame as soon as the frame before it has
// left, and never waits for more: a lone item goes at once, and under load
// frames fill up by themselves.
//
// Lives as long as gRPC needs it; handles may go before.
//
// Thread-safe.
class SignStreamClient final
    : public std::enable_shared_from_this<SignStreamClient> {
 public:
  // Hears of the stream, on CompletionLoop's thread and without a lock.
  class Owner {
   public:
    virtual ~Owner() = default;
    // The service has stated its limits: items may be sent.
    virtual void OnStreamOpen(const SignStreamClient& stream) = 0;
    // A frame of answers has come, and its receivers have been called.
    virtual void OnStreamAnswers(const SignStreamClient& stream) = 0;
    // Called once, before the items are reported as lost. `status` is OK if
    // the service ended the stream with OK; INTERNAL, made here, if it sent
    // what it must not.
    virtual void OnStreamEnd(const SignStreamClient& stream,
                             const grpc::Status& status) = 0;
    // What the receivers of lost items are told.
    virtual absl::Status LostStatus(const grpc::Status& status) = 0;
  };

  // Begins the call on `channel`. `owner` may go at any time.
  static std::shared_ptr<SignStreamClient> Start(
      const std::shared_ptr<grpc::Channel>& channel,
      std::weak_ptr<Owner> owner);

  // Only for Start.
  explicit SignStreamClient(std::weak_ptr<Owner> owner);

  // Queues an item, which Flush sends, and gives its id.
  //
  // Unavailable: the stream is not open, is over, or has as many items
  // outstanding as the service allows. ResourceExhausted (kFrameTooLarge): the
  // item goes into no frame.
  absl::StatusOr<uint64_t> Enqueue(SignItem item,
                                   std::shared_ptr<SignReceiver> receiver);
  // Sends what is queued, unless a frame is on its way: then that follows.
  void Flush();

  // The item's receiver is not called any more, unless it is being called.
  // What has been sent keeps its place until the service has answered.
  void Cancel(uint64_t id);
  // Calls OnDoubt for all items, on this thread.
  void Doubt();
  // Ends the call: at once, or once no item is outstanding. Idempotent.
  void Close();
  void CloseWhenIdle();

  // How many items the service allows to be outstanding, once the stream is
  // open.
  size_t max_outstanding() const;

 private:
  struct Outstanding {
    SignItem item;
    // Null: cancelled.
    std::shared_ptr<SignReceiver> receiver;
    bool sent = false;
  };
  struct Answer {
    std::shared_ptr<SignReceiver> receiver;
    signer::v1::SignResponse response;
  };

  void Begin(const std::shared_ptr<grpc::Channel>& channel);
  void OnStarted(bool ok);
  void OnRead(bool ok);
  void OnWritten(bool ok);
  void OnFinished(bool ok);

  // The next frame, which the caller writes. Null if none is to be written.
  std::optional<grpc::ByteBuffer> TakeFrame()
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Says why, if the service sent what it must not.
  absl::Status TakeLimits(const signer::v1::SignBatchResponse& frame);
  absl::Status TakeAnswers(signer::v1::SignBatchResponse& frame,
                           std::vector<Answer>& answers);
  void EndWithFault(const absl::Status& fault);
  // Begins gRPC's end of the call, once nothing else is under way.
  void FinishIfIdle() ABSL_LOCKS_EXCLUDED(mutex_);

  const std::weak_ptr<Owner> owner_;
  MemberTag<SignStreamClient> started_{*this, &SignStreamClient::OnStarted};
  MemberTag<SignStreamClient> read_{*this, &SignStreamClient::OnRead};
  MemberTag<SignStreamClient> written_{*this, &SignStreamClient::OnWritten};
  MemberTag<SignStreamClient> finished_{*this, &SignStreamClient::OnFinished};
  grpc::ClientContext context_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call_;
  // Until OnFinished.
  std::shared_ptr<SignStreamClient> self_;
  // gRPC fills these while it reads, and at the end.
  grpc::ByteBuffer read_buffer_;
  grpc::Status status_;

  mutable absl::Mutex mutex_;
  signer::v1::ServiceLimits limits_ ABSL_GUARDED_BY(mutex_);
  size_t max_outstanding_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::flat_hash_map<uint64_t, Outstanding> outstanding_
      ABSL_GUARDED_BY(mutex_);
  std::deque<uint64_t> queue_ ABSL_GUARDED_BY(mutex_);
  std::deque<uint64_t> cancels_ ABSL_GUARDED_BY(mutex_);
  uint64_t next_id_ ABSL_GUARDED_BY(mutex_) = 1;
  bool open_ ABSL_GUARDED_BY(mutex_) = false;
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  // Nothing is sent any more.
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  // No read is under way, and none will be.
  bool read_over_ ABSL_GUARDED_BY(mutex_) = false;
  bool finishing_ ABSL_GUARDED_BY(mutex_) = false;
  bool close_when_idle_ ABSL_GUARDED_BY(mutex_) = false;
  // Not OK: what the service did wrong.
  absl::Status fault_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_SIGN_STREAM_CLIENT_H_
