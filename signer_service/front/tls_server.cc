#include "signer_service/front/tls_server.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "grpcpp/server_builder.h"
#include "signer_service/config/listen_address.h"
#include "signer_service/front/async_sign_stream.h"
#include "signer_service/front/server_options.h"
#include "signer_service/front/status_conversion.h"
#include "signer_service/front/transport_credentials.h"
#include "signer_service/front/unary_call.h"
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
  ApplyServerOptions(builder, options.reflection, /*health=*/false);
  builder.RegisterService(&tls->service_);
  builder.RegisterService(tls->health_.service());
  std::vector<int> ports(listeners.size());
  for (size_t i = 0; i < listeners.size(); ++i) {
    builder.AddListeningPort(
        listeners[i].address,
        MakeTransportCredentials(listeners[i], options.certificate_refresh),
        &ports[i]);
  }
  for (size_t i = 0; i < options.threads; ++i) {
    tls->lanes_.push_back(
        std::make_unique<Lane>(*tls, builder.AddCompletionQueue()));
  }
  tls->server_ = builder.BuildAndStart();
  if (tls->server_ == nullptr) return CannotListenError(listeners, ports);
  for (size_t i = 0; i < listeners.size(); ++i) {
    ASSIGN_OR_RETURN(const ListenAddress address,
                     ListenAddress::Parse(listeners[i].address));
    tls->addresses_.push_back(address.WithPort(ports[i]));
  }
  for (const std::unique_ptr<Lane>& lane : tls->lanes_) {
    lane->queue.Start([&] { tls->Ask(*lane); },
                      [lane = lane.get()] { lane->sign_calls.SignArrived(); });
  }
  return tls;
}

template <typename Asker, typename Request, typename Response>
void TlsServer::AskForQuery(Lane& lane, Asker ask,
                            absl::StatusOr<Response> (RequestHandler::*answer)(
                                const CallerView&, const Request&) const) {
  UnaryMethod<Request, Response> method;
  method.ask = [this, ask](auto... arguments) {
    (service_.*ask)(arguments...);
  };
  method.answer = [this, answer](const grpc::ServerContext& context,
                                 const Request& request, Response& response) {
    const std::shared_ptr<const CallerView> caller = callers_.Find(context);
    absl::StatusOr<Response> result = (handler_.*answer)(*caller, request);
    const absl::Status status = result.status();
    if (result.ok()) response = *std::move(result);
    return ToGrpcStatus(status, caller->snapshot->policy_version());
  };
  AskForUnary(lane.queue, std::move(method));
}

void TlsServer::Ask(Lane& lane) {
  constexpr int kStreamsAskedAhead = 4;
  lane.sign_calls.Ask();
  AskForQuery(lane, &TlsSignerService::RequestListKeys,
              &RequestHandler::ListKeys);
  AskForQuery(lane, &TlsSignerService::RequestGetKey, &RequestHandler::GetKey);
  AskForQuery(lane, &TlsSignerService::RequestChooseScheme,
              &RequestHandler::ChooseScheme);
  health_.Ask(lane.queue);
  for (int i = 0; i < kStreamsAskedAhead; ++i) {
    AsyncSignStream::Ask(
        {service_, lane.queue, {callers_, handler_, pool_}, streams_});
  }
}

TlsServer::~TlsServer() { Shutdown(absl::InfinitePast()); }

void TlsServer::OnDrain() {
  health_.StopServing();
  streams_.OnDrain();
}

void TlsServer::Shutdown(absl::Time deadline) {
  health_.EndWatches();
  if (server_ != nullptr) ShutdownBy(*server_, deadline);
  streams_.AwaitNone();
  for (const std::unique_ptr<Lane>& lane : lanes_) lane->queue.Stop();
}

}  // namespace keyhold
