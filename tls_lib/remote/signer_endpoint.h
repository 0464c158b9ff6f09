// The connection to one endpoint of the service: its channel, its SignStream,
// the watch on its health. Includes gRPC, so for .cc files only.
#ifndef KEYHOLD_TLS_LIB_REMOTE_SIGNER_ENDPOINT_H_
#define KEYHOLD_TLS_LIB_REMOTE_SIGNER_ENDPOINT_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/status.h"
#include "keyhold/signer/v1/service.grpc.pb.h"
#include "tls_lib/remote/endpoint.h"
#include "tls_lib/remote/endpoint_state.h"
#include "tls_lib/remote/health_watch.h"
#include "tls_lib/remote/retry_backoff.h"
#include "tls_lib/remote/sign_stream_client.h"
#include "tls_lib/remote/signer_client_options.h"
#include "tls_lib/remote/transport_diagnosis.h"

namespace keyhold {

// Connects when it is first used, and keeps its stream open from Open on: a
// stream that ends is begun again after a growing pause.
//
// Thread-safe.
class SignerEndpoint final
    : public SignStreamClient::Owner,
      public HealthWatch::Owner,
      public std::enable_shared_from_this<SignerEndpoint> {
 public:
  // Hears of the endpoint, on CompletionLoop's thread and without a lock.
  class Observer {
   public:
    virtual ~Observer() = default;
    virtual void OnConnecting(SignerEndpoint& endpoint) = 0;
    virtual void OnOpen(SignerEndpoint& endpoint,
                        std::shared_ptr<SignStreamClient> stream) = 0;
    virtual void OnAnswers(SignerEndpoint& endpoint) = 0;
    virtual void OnClosed(SignerEndpoint& endpoint,
                          const absl::Status& why) = 0;
    virtual void OnHealthOf(SignerEndpoint& endpoint,
                            EndpointState::Health health) = 0;
    virtual void OnProbed(SignerEndpoint& endpoint, bool serves) = 0;
  };

  // `tls` is that of `credentials`. `observer` may go at any time.
  SignerEndpoint(Endpoint endpoint, const std::optional<SignerTlsFiles>& tls,
                 const std::shared_ptr<grpc::ChannelCredentials>& credentials,
                 std::weak_ptr<Observer> observer);
  ~SignerEndpoint() override;

  // Begins the stream. Idempotent.
  void Open();
  // Asks once whether the service serves; Observer::OnProbed has the answer.
  void Probe();
  // Ends the stream, at once or once its items are answered, and begins no
  // other. Idempotent.
  void Close();
  void CloseWhenIdle();

  const Endpoint& endpoint() const { return endpoint_; }
  signer::v1::Signer::StubInterface& stub() { return *stub_; }

  // "signer ENDPOINT: CALL"
  std::string What(absl::string_view call) const;
  // `failure` with what is known of its cause, if the transport failed.
  absl::Status Explained(const absl::Status& failure) const;
  // Looks closer at why no connection can be made, at most until `deadline`.
  // Blocks: it connects.
  void Examine(const absl::Status& failure, absl::Time deadline);

  void OnStreamOpen(const SignStreamClient& stream) override;
  void OnStreamAnswers(const SignStreamClient& stream) override;
  void OnStreamEnd(const SignStreamClient& stream,
                   const grpc::Status& status) override;
  absl::Status LostStatus(const grpc::Status& status) override;
  void OnHealth(EndpointState::Health health) override;
  void OnHealthEnd(const grpc::Status& status) override;

 private:
  class ProbeCall;

  void BeginStream();
  // Runs `step` on this endpoint after `pause`, unless it is gone by then.
  void Later(absl::Duration pause, void (SignerEndpoint::*step)());
  void BeginWatch();

  const Endpoint endpoint_;
  // Absent for a UNIX socket.
  const std::unique_ptr<TransportDiagnosis> diagnosis_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<signer::v1::Signer::StubInterface> stub_;
  const std::weak_ptr<Observer> observer_;

  absl::Mutex mutex_;
  bool opened_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  bool has_health_ ABSL_GUARDED_BY(mutex_) = true;
  RetryBackoff backoff_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<SignStreamClient> stream_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<HealthWatch> watch_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_SIGNER_ENDPOINT_H_
