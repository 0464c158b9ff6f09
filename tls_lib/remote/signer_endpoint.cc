#include "tls_lib/remote/signer_endpoint.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/async_unary_call.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/remote/completion_loop.h"
#include "tls_lib/remote/signer_channel.h"
#include "tls_lib/remote/status_from_grpc.h"
#include "tls_lib/remote/status_note.h"

namespace keyhold {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr absl::Duration kProbeTimeout = absl::Seconds(1);
constexpr absl::Duration kWatchAgain = absl::Seconds(1);

}  // namespace

// One call of grpc.health.v1.Health.Check. Owns itself.
class SignerEndpoint::ProbeCall final : public CompletionTag {
 public:
  static void Begin(const std::shared_ptr<SignerEndpoint>& endpoint) {
    auto* call = new ProbeCall(endpoint);
    call->context_.set_deadline(
        absl::ToChronoTime(absl::Now() + kProbeTimeout));
    call->call_ = call->stub_->PrepareAsyncCheck(
        &call->context_, HealthCheckRequest(), CompletionLoop::Get().queue());
    call->call_->StartCall();
    call->call_->Finish(&call->response_, &call->status_, call);
  }

  void OnComplete(bool /*ok*/) override {
    const auto endpoint = endpoint_.lock();
    const auto observer =
        endpoint == nullptr ? nullptr : endpoint->observer_.lock();
    // A service without health checks has answered, too.
    const bool serves =
        status_.ok() ? response_.status() == HealthCheckResponse::SERVING
                     : status_.error_code() == grpc::StatusCode::UNIMPLEMENTED;
    if (observer != nullptr) observer->OnProbed(*endpoint, serves);
    delete this;
  }

 private:
  explicit ProbeCall(const std::shared_ptr<SignerEndpoint>& endpoint)
      : endpoint_(endpoint),
        stub_(grpc::health::v1::Health::NewStub(endpoint->channel_)) {}

  const std::weak_ptr<SignerEndpoint> endpoint_;
  const std::unique_ptr<grpc::health::v1::Health::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncResponseReader<HealthCheckResponse>> call_;
  HealthCheckResponse response_;
  grpc::Status status_;
};

SignerEndpoint::SignerEndpoint(
    Endpoint endpoint, const std::optional<SignerTlsFiles>& tls,
    const std::shared_ptr<grpc::ChannelCredentials>& credentials,
    std::weak_ptr<Observer> observer)
    : endpoint_(std::move(endpoint)),
      diagnosis_(tls.has_value() && !endpoint_.is_unix
                     ? std::make_unique<TransportDiagnosis>(endpoint_, *tls)
                     : nullptr),
      channel_(MakeSignerChannel(endpoint_, credentials,
                                 tls.has_value() ? tls->server_name : "")),
      stub_(signer::v1::Signer::NewStub(channel_)),
      observer_(std::move(observer)) {}

SignerEndpoint::~SignerEndpoint() { Close(); }

void SignerEndpoint::Open() {
  {
    absl::MutexLock lock(&mutex_);
    if (std::exchange(opened_, true)) return;
  }
  BeginStream();
}

void SignerEndpoint::BeginStream() {
  if (const auto observer = observer_.lock(); observer != nullptr) {
    observer->OnConnecting(*this);
  }
  absl::MutexLock lock(&mutex_);
  if (closed_) return;
  stream_ = SignStreamClient::Start(channel_, weak_from_this());
}

void SignerEndpoint::OnStreamOpen(const SignStreamClient& stream) {
  std::shared_ptr<SignStreamClient> opened;
  {
    absl::MutexLock lock(&mutex_);
    if (closed_ || stream_.get() != &stream) return;
    opened = stream_;
  }
  if (const auto observer = observer_.lock(); observer != nullptr) {
    observer->OnOpen(*this, std::move(opened));
  }
  BeginWatch();
}

void SignerEndpoint::OnStreamAnswers(const SignStreamClient& /*stream*/) {
  {
    absl::MutexLock lock(&mutex_);
    backoff_.Reset();
  }
  if (const auto observer = observer_.lock(); observer != nullptr) {
    observer->OnAnswers(*this);
  }
}

void SignerEndpoint::OnStreamEnd(const SignStreamClient& /*stream*/,
                                 const grpc::Status& status) {
  absl::Duration pause;
  {
    absl::MutexLock lock(&mutex_);
    stream_ = nullptr;
    if (closed_) return;
    pause = backoff_.Next();
  }
  if (const auto observer = observer_.lock(); observer != nullptr) {
    observer->OnClosed(*this, LostStatus(status));
  }
  Later(pause, &SignerEndpoint::BeginStream);
}

absl::Status SignerEndpoint::LostStatus(const grpc::Status& status) {
  const std::string what = What("SignStream");
  if (status.ok()) {
    return absl::UnavailableError(
        absl::StrCat(what, ": the service ended the stream"));
  }
  absl::Status lost = StatusFromGrpc(status, what);
  // gRPC has many words for a connection that broke, and what the service did
  // wrong here it may do right the next time, or another.
  return absl::IsInternal(lost) || absl::IsUnknown(lost)
             ? absl::UnavailableError(lost.message())
             : lost;
}

void SignerEndpoint::BeginWatch() {
  absl::MutexLock lock(&mutex_);
  if (closed_ || stream_ == nullptr || watch_ != nullptr || !has_health_) {
    return;
  }
  watch_ = HealthWatch::Start(channel_, weak_from_this());
}

void SignerEndpoint::OnHealth(EndpointState::Health health) {
  if (const auto observer = observer_.lock(); observer != nullptr) {
    observer->OnHealthOf(*this, health);
  }
}

void SignerEndpoint::OnHealthEnd(const grpc::Status& status) {
  {
    absl::MutexLock lock(&mutex_);
    watch_ = nullptr;
    if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
      has_health_ = false;
    }
    if (closed_ || stream_ == nullptr || !has_health_) return;
  }
  Later(kWatchAgain, &SignerEndpoint::BeginWatch);
}

void SignerEndpoint::Later(absl::Duration pause,
                           void (SignerEndpoint::*step)()) {
  CompletionLoop::Get().AddTimer(
      absl::Now() + pause, [weak = weak_from_this(), step] {
        if (const auto self = weak.lock(); self != nullptr) (*self.*step)();
      });
}

void SignerEndpoint::Probe() { ProbeCall::Begin(shared_from_this()); }

void SignerEndpoint::Close() {
  std::shared_ptr<SignStreamClient> stream;
  std::shared_ptr<HealthWatch> watch;
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    stream = std::move(stream_);
    watch = std::move(watch_);
  }
  if (stream != nullptr) stream->Close();
  if (watch != nullptr) watch->Close();
}

void SignerEndpoint::CloseWhenIdle() {
  std::shared_ptr<SignStreamClient> stream;
  std::shared_ptr<HealthWatch> watch;
  {
    absl::MutexLock lock(&mutex_);
    closed_ = true;
    stream = std::move(stream_);
    watch = std::move(watch_);
  }
  if (stream != nullptr) stream->CloseWhenIdle();
  if (watch != nullptr) watch->Close();
}

std::string SignerEndpoint::What(absl::string_view call) const {
  return absl::StrCat("signer ", endpoint_.name, ": ", call);
}

absl::Status SignerEndpoint::Explained(const absl::Status& failure) const {
  const bool from_transport =
      absl::IsUnavailable(failure) && !GetReason(failure).has_value();
  if (!from_transport || diagnosis_ == nullptr) return failure;
  const std::string cause = diagnosis_->Explain(failure.message());
  return cause.empty() ? failure : WithNote(failure, cause);
}

void SignerEndpoint::Examine(const absl::Status& failure, absl::Time deadline) {
  if (diagnosis_ != nullptr && absl::IsUnavailable(failure)) {
    diagnosis_->Examine(failure.message(), deadline);
  }
}

}  // namespace keyhold
