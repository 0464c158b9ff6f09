#include "signer_service/front/health_service.h"

#include <optional>
#include <vector>

#include "grpcpp/server_context.h"
#include "grpcpp/support/async_stream.h"
#include "signer_service/front/self_owned_call.h"
#include "signer_service/front/server_options.h"
#include "signer_service/front/unary_call.h"

namespace keyhold {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

// One Watch call, from before it arrives.
class HealthService::Watch final : public SelfOwnedCall {
 public:
  static void Ask(HealthService& health, RpcQueue& queue) {
    if (!queue.accepting()) return;
    auto* watch = new Watch(health, queue);
    // gRPC reports the call's end only if there is a call.
    watch->context_.AsyncNotifyWhenDone(&watch->closed_);
    health.service_.RequestWatch(&watch->context_, &watch->request_,
                                 &watch->io_, queue.get(), queue.get(),
                                 watch->arrived_.Held());
  }

  // Tells the client what has changed, or ends.
  void Update() {
    absl::MutexLock lock(&mutex_);
    if (writing_ || finished_) return;
    if (gone_ || health_.ended()) {
      finished_ = true;
      io_.Finish(gone_ ? grpc::Status::CANCELLED
                       : grpc::Status(grpc::StatusCode::UNAVAILABLE,
                                      "the signer is shutting down"),
                 done_.Held());
      return;
    }
    const Status status = health_.StatusOf(request_.service());
    if (status == sent_) return;
    sent_ = status;
    writing_ = true;
    HealthCheckResponse response;
    response.set_status(status);
    io_.Write(response, written_.Held());
  }

 private:
  using Tag = CallTag<Watch>;

  Watch(HealthService& health, RpcQueue& queue)
      : health_(health), queue_(queue) {}
  ~Watch() override = default;

  void OnArrived(bool ok) {
    if (!ok) return;
    Ask(health_, queue_);
    closed_.Held();
    added_ = health_.Add(this);
    if (added_) Update();
  }
  void OnWriteDone(bool ok) {
    {
      absl::MutexLock lock(&mutex_);
      writing_ = false;
      if (!ok) gone_ = true;
    }
    Update();
  }
  void OnFinishDone(bool /*ok*/) { health_.Remove(this); }
  void OnClosed(bool /*ok*/) {
    {
      absl::MutexLock lock(&mutex_);
      gone_ = true;
    }
    if (added_) Update();
  }

  HealthService& health_;
  RpcQueue& queue_;
  grpc::ServerContext context_;
  HealthCheckRequest request_;
  grpc::ServerAsyncWriter<HealthCheckResponse> io_{&context_};
  Tag arrived_{*this, &Watch::OnArrived};
  Tag written_{*this, &Watch::OnWriteDone};
  Tag done_{*this, &Watch::OnFinishDone};
  Tag closed_{*this, &Watch::OnClosed};
  // Used on the queue's thread only.
  bool added_ = false;
  absl::Mutex mutex_;
  std::optional<Status> sent_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
};

void HealthService::Ask(RpcQueue& queue) {
  UnaryMethod<HealthCheckRequest, HealthCheckResponse> check;
  check.ask = [this](auto... arguments) {
    service_.RequestCheck(arguments...);
  };
  check.answer = [this](const grpc::ServerContext& /*context*/,
                        const HealthCheckRequest& request,
                        HealthCheckResponse& response, HeldBytes& /*held*/) {
    const Status status = StatusOf(request.service());
    if (status == HealthCheckResponse::SERVICE_UNKNOWN) {
      return grpc::Status(grpc::StatusCode::NOT_FOUND, "service name unknown");
    }
    response.set_status(status);
    return grpc::Status::OK;
  };
  AskForUnary(queue, std::move(check));
  Watch::Ask(*this, queue);
}

HealthService::Status HealthService::StatusOf(absl::string_view name) {
  if (!name.empty() && name != kSignerServiceName) {
    return HealthCheckResponse::SERVICE_UNKNOWN;
  }
  absl::MutexLock lock(&mutex_);
  return serving_ && !paused_ ? HealthCheckResponse::SERVING
                              : HealthCheckResponse::NOT_SERVING;
}

bool HealthService::ended() {
  absl::MutexLock lock(&mutex_);
  return ended_;
}

void HealthService::StopServing() {
  {
    absl::MutexLock lock(&mutex_);
    serving_ = false;
  }
  UpdateAll();
}

void HealthService::SetPaused(bool paused) {
  {
    absl::MutexLock lock(&mutex_);
    paused_ = paused;
  }
  UpdateAll();
}

void HealthService::EndWatches() {
  {
    absl::MutexLock lock(&mutex_);
    ended_ = true;
  }
  UpdateAll();
}

bool HealthService::Add(Watch* watch) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return false;
  watch->Hold();
  watches_.insert(watch);
  return true;
}

void HealthService::AwaitNone() {
  absl::MutexLock lock(&mutex_);
  const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return watches_.empty();
  };
  mutex_.Await(absl::Condition(&none));
  closed_ = true;
}

void HealthService::Remove(Watch* watch) {
  {
    absl::MutexLock lock(&mutex_);
    watches_.erase(watch);
  }
  watch->Release();
}

void HealthService::UpdateAll() {
  std::vector<Watch*> watches;
  {
    absl::MutexLock lock(&mutex_);
    watches.assign(watches_.begin(), watches_.end());
    for (Watch* watch : watches) watch->Hold();
  }
  for (Watch* watch : watches) {
    watch->Update();
    watch->Release();
  }
}

}  // namespace keyhold
