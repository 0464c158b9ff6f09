#include "signer_service/front/tls_server.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpcpp/server_builder.h"
#include "signer_service/config/listen_address.h"
#include "signer_service/front/server_options.h"
#include "signer_service/front/transport_credentials.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

absl::Status CannotListenError(absl::Span<const TcpListenerSettings> listeners,
                               absl::Span<const int> ports) {
  std::vector<std::string> failed;
  for (size_t i = 0; i < listeners.size(); ++i) {
    if (ports[i] == 0) failed.push_back(listeners[i].address);
  }
  return absl::UnavailableError(
      absl::StrCat("cannot listen on ", absl::StrJoin(failed, ", "),
                   "; is the port in use, or the address not this host's?"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsServer>> TlsServer::Start(
    absl::Span<const TcpListenerSettings> listeners,
    const RequestHandler& handler, SigningPool& pool, const Options& options) {
  for (const TcpListenerSettings& listener : listeners) {
    RETURN_IF_ERROR(CheckTransportFiles(listener));
  }
  std::unique_ptr<TlsServer> tls(new TlsServer(handler, pool));
  grpc::ServerBuilder builder;
  ApplyServerOptions(builder, options.reflection);
  builder.RegisterService(&tls->service_);
  std::vector<int> ports(listeners.size());
  for (size_t i = 0; i < listeners.size(); ++i) {
    builder.AddListeningPort(
        listeners[i].address,
        MakeTransportCredentials(listeners[i], options.certificate_refresh),
        &ports[i]);
  }
  for (size_t i = 0; i < options.threads; ++i) {
    tls->queues_.push_back(std::make_unique<SignCallQueue>(
        tls->service_, handler, builder.AddCompletionQueue()));
  }
  tls->server_ = builder.BuildAndStart();
  if (tls->server_ == nullptr) return CannotListenError(listeners, ports);
  for (size_t i = 0; i < listeners.size(); ++i) {
    ASSIGN_OR_RETURN(const ListenAddress address,
                     ListenAddress::Parse(listeners[i].address));
    tls->addresses_.push_back(address.WithPort(ports[i]));
  }
  SetServing(*tls->server_, true);
  for (const auto& queue : tls->queues_) queue->Start();
  return tls;
}

TlsServer::~TlsServer() { Shutdown(absl::InfinitePast()); }

void TlsServer::OnDrain() {
  SetServing(*server_, false);
  service_.OnDrain();
}

void TlsServer::Shutdown(absl::Time deadline) {
  if (server_ != nullptr) ShutdownBy(*server_, deadline);
  for (const auto& queue : queues_) queue->Stop();
}

}  // namespace keyhold
