#include "tls_lib/remote/health_watch.h"

#include <utility>

namespace keyhold {
namespace {

using grpc::health::v1::HealthCheckResponse;

// The service's name there (server_options.h of the front).
constexpr char kServiceName[] = "keyhold.signer.v1.Signer";

EndpointState::Health ToHealth(HealthCheckResponse::ServingStatus status) {
  switch (status) {
    case HealthCheckResponse::SERVING:
      return EndpointState::Health::kServing;
    case HealthCheckResponse::NOT_SERVING:
      return EndpointState::Health::kNotServing;
    default:
      return EndpointState::Health::kUnknown;
  }
}

}  // namespace

HealthWatch::HealthWatch(std::weak_ptr<Owner> owner)
    : owner_(std::move(owner)) {}

std::shared_ptr<HealthWatch> HealthWatch::Start(
    const std::shared_ptr<grpc::Channel>& channel, std::weak_ptr<Owner> owner) {
  auto watch = std::make_shared<HealthWatch>(std::move(owner));
  watch->self_ = watch;
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(kServiceName);
  watch->call_ = grpc::health::v1::Health::NewStub(channel)->PrepareAsyncWatch(
      &watch->context_, request, CompletionLoop::Get().queue());
  watch->call_->StartCall(&watch->started_);
  return watch;
}

void HealthWatch::OnStarted(bool ok) {
  if (ok) {
    call_->Read(&response_, &read_);
  } else {
    call_->Finish(&status_, &finished_);
  }
}

void HealthWatch::OnRead(bool ok) {
  if (!ok) {
    call_->Finish(&status_, &finished_);
    return;
  }
  if (const auto owner = owner_.lock(); owner != nullptr) {
    owner->OnHealth(ToHealth(response_.status()));
  }
  call_->Read(&response_, &read_);
}

void HealthWatch::OnFinished(bool /*ok*/) {
  const std::shared_ptr<HealthWatch> last = std::move(self_);
  if (const auto owner = owner_.lock(); owner != nullptr) {
    owner->OnHealthEnd(status_);
  }
}

}  // namespace keyhold
