// One call of grpc.health.v1.Health.Watch. Includes gRPC, so for .cc files
// only.
#ifndef KEYHOLD_TLS_LIB_REMOTE_HEALTH_WATCH_H_
#define KEYHOLD_TLS_LIB_REMOTE_HEALTH_WATCH_H_

#include <memory>

#include "grpc/health/v1/health.grpc.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/async_stream.h"
#include "grpcpp/support/status.h"
#include "tls_lib/remote/completion_loop.h"
#include "tls_lib/remote/endpoint_state.h"

namespace keyhold {

// Lives as long as gRPC needs it; the handle may go before.
//
// Thread-safe.
class HealthWatch final : public std::enable_shared_from_this<HealthWatch> {
 public:
  // Hears of the watch, on CompletionLoop's thread.
  class Owner {
   public:
    virtual ~Owner() = default;
    virtual void OnHealth(EndpointState::Health health) = 0;
    // Called once. UNIMPLEMENTED: the service has no health service.
    virtual void OnHealthEnd(const grpc::Status& status) = 0;
  };

  // Begins the call. `owner` may go at any time.
  static std::shared_ptr<HealthWatch> Start(
      const std::shared_ptr<grpc::Channel>& channel,
      std::weak_ptr<Owner> owner);

  // Only for Start.
  explicit HealthWatch(std::weak_ptr<Owner> owner);

  // Ends the call. Idempotent.
  void Close() { context_.TryCancel(); }

 private:
  void OnStarted(bool ok);
  void OnRead(bool ok);
  void OnFinished(bool ok);

  const std::weak_ptr<Owner> owner_;
  MemberTag<HealthWatch> started_{*this, &HealthWatch::OnStarted};
  MemberTag<HealthWatch> read_{*this, &HealthWatch::OnRead};
  MemberTag<HealthWatch> finished_{*this, &HealthWatch::OnFinished};
  grpc::ClientContext context_;
  std::unique_ptr<
      grpc::ClientAsyncReaderInterface<grpc::health::v1::HealthCheckResponse>>
      call_;
  // Until OnFinished.
  std::shared_ptr<HealthWatch> self_;
  grpc::health::v1::HealthCheckResponse response_;
  grpc::Status status_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_HEALTH_WATCH_H_
