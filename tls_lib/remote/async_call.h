// One unary call of the service without a thread that waits for it. Includes
// gRPC, so for .cc files only.
#ifndef KEYHOLD_TLS_LIB_REMOTE_ASYNC_CALL_H_
#define KEYHOLD_TLS_LIB_REMOTE_ASYNC_CALL_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/status.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "tls_lib/core/one_shot.h"
#include "tls_lib/core/pending.h"
#include "tls_lib/remote/callback_threads.h"
#include "tls_lib/remote/open_calls.h"
#include "tls_lib/remote/retry_backoff.h"
#include "tls_lib/remote/signer_connection.h"
#include "tls_lib/remote/timer.h"

namespace keyhold {

// As SignerConnection::Call, with the same tries, pauses and errors, except
// that it does not probe a service whose certificate is refused, which would
// block. The answer is delivered on a thread of gRPC's.
//
// Lives as long as gRPC or a timer needs it; the handle only cancels. So the
// caller, and the client, may go first.
template <typename Request, typename Response>
class AsyncCall final
    : public std::enable_shared_from_this<AsyncCall<Request, Response>> {
 public:
  using Method = void (signer::v1::Signer::StubInterface::async_interface::*)(
      grpc::ClientContext*, const Request*, Response*,
      std::function<void(grpc::Status)>);
  using Describe = std::string (*)(const Request&);
  // What is wrong with an answer.
  using Check = absl::Status (*)(const SignerConnection&, const Request&,
                                 const Response&);
  using Result = absl::StatusOr<Response>;
  using Done = absl::AnyInvocable<void(Result) &&>;

  // Begins. `problem`, if it is not OK, is the answer. `deadline` is finite.
  static std::unique_ptr<Pending> Start(
      std::shared_ptr<SignerConnection> connection, Method method,
      Request request, Describe describe, Check check, absl::Time deadline,
      absl::Status problem, Done done);

  AsyncCall(std::shared_ptr<SignerConnection> connection, Method method,
            Request request, Describe describe, Check check,
            absl::Time deadline, Done done)
      : connection_(std::move(connection)),
        method_(method),
        describe_(describe),
        check_(check),
        deadline_(deadline),
        once_(std::move(done)),
        request_(std::move(request)) {}

 private:
  class Handle;

  void Try();
  void OnAnswer(const grpc::Status& status);
  void Cancel();
  // Runs `next` at `when`, unless the call is cancelled.
  void Later(absl::Time when, absl::AnyInvocable<void() &&> next);
  void DeliverLater(absl::Status status);

  const std::shared_ptr<SignerConnection> connection_;
  const Method method_;
  const Describe describe_;
  const Check check_;
  const absl::Time deadline_;
  OneShot<Result> once_;
  // From here to mutex_: of the try under way.
  Request request_;
  Response response_;
  RetryBackoff backoff_;
  absl::Status before_;
  std::optional<OpenCalls::Scope> scope_;
  absl::Mutex mutex_;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  // Null between the tries.
  std::unique_ptr<grpc::ClientContext> context_ ABSL_GUARDED_BY(mutex_);
  std::unique_ptr<Pending> timer_ ABSL_GUARDED_BY(mutex_);
};

// Implementation only below.

template <typename Request, typename Response>
class AsyncCall<Request, Response>::Handle final : public Pending {
 public:
  explicit Handle(std::shared_ptr<AsyncCall> call) : call_(std::move(call)) {}
  ~Handle() override { call_->Cancel(); }

 private:
  const std::shared_ptr<AsyncCall> call_;
};

template <typename Request, typename Response>
std::unique_ptr<Pending> AsyncCall<Request, Response>::Start(
    std::shared_ptr<SignerConnection> connection, Method method,
    Request request, Describe describe, Check check, absl::Time deadline,
    absl::Status problem, Done done) {
  KeepCallbackThreads();
  auto call = std::make_shared<AsyncCall>(std::move(connection), method,
                                          std::move(request), describe, check,
                                          deadline, std::move(done));
  auto handle = std::make_unique<Handle>(call);
  if (problem.ok()) {
    call->Try();
  } else {
    call->DeliverLater(std::move(problem));
  }
  return handle;
}

template <typename Request, typename Response>
void AsyncCall<Request, Response>::Try() {
  const absl::Duration left = deadline_ - absl::Now();
  if (left <= absl::ZeroDuration()) {
    DeliverLater(connection_->DeadlinePassed(
        before_, [this] { return describe_(request_); }));
    return;
  }
  signer_connection_internal::StampTimeLeft(request_, left);
  auto context = std::make_unique<grpc::ClientContext>();
  context->set_deadline(absl::ToChronoTime(deadline_));
  scope_.emplace(connection_->calls_, *context);
  response_.Clear();
  grpc::ClientContext* raw = context.get();
  {
    absl::MutexLock lock(&mutex_);
    context_ = std::move(context);
    if (cancelled_) raw->TryCancel();
  }
  ((*connection_->stub_->async()).*method_)(
      raw, &request_, &response_,
      [self = this->shared_from_this()](grpc::Status status) {
        self->OnAnswer(status);
      });
}

template <typename Request, typename Response>
void AsyncCall<Request, Response>::OnAnswer(const grpc::Status& status) {
  const auto describe = [this] { return describe_(request_); };
  {
    absl::MutexLock lock(&mutex_);
    scope_.reset();
    context_.reset();
    if (cancelled_) return;
  }
  if (status.ok()) {
    connection_->ObservePolicyVersion(response_.policy_version());
    absl::Status bad = check_(*connection_, request_, response_);
    once_.Deliver(bad.ok() ? Result(std::move(response_)) : std::move(bad));
    return;
  }
  absl::Status failure = connection_->Failure(status, describe);
  const absl::Time next = absl::Now() + backoff_.Next();
  if (SignerConnection::MayTryAgain(failure) && next < deadline_ &&
      !connection_->calls_.closed()) {
    before_ = std::move(failure);
    Later(next, [self = this->shared_from_this()] { self->Try(); });
    return;
  }
  once_.Deliver(connection_->Final(failure, before_, describe));
}

template <typename Request, typename Response>
void AsyncCall<Request, Response>::DeliverLater(absl::Status status) {
  Later(absl::InfinitePast(),
        [self = this->shared_from_this(), status = std::move(status)] {
          self->once_.Deliver(status);
        });
}

template <typename Request, typename Response>
void AsyncCall<Request, Response>::Later(absl::Time when,
                                         absl::AnyInvocable<void() &&> next) {
  // Destroyed without the lock: this may run inside its callback.
  std::unique_ptr<Pending> last;
  absl::MutexLock lock(&mutex_);
  if (cancelled_) return;
  last = std::move(timer_);
  timer_ = StartTimer(when, std::move(next));
}

template <typename Request, typename Response>
void AsyncCall<Request, Response>::Cancel() {
  once_.Cancel();
  // Destroyed without the lock, for which its callback may wait.
  std::unique_ptr<Pending> timer;
  absl::MutexLock lock(&mutex_);
  cancelled_ = true;
  timer = std::move(timer_);
  if (context_ != nullptr) context_->TryCancel();
}

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_ASYNC_CALL_H_
