#include "signer_service/front/tls_server.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "daemon/open_file_limit.h"
#include "signer_service/config/listen_address.h"
#include "signer_service/front/async_sign_stream.h"
#include "signer_service/front/server_options.h"
#include "signer_service/front/status_conversion.h"
#include "signer_service/front/tcp_socket.h"
#include "signer_service/front/transport_credentials.h"
#include "signer_service/front/unary_call.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

constexpr absl::Duration kBetweenRefusalLines = absl::Seconds(1);

}  // namespace

TlsServer::TlsServer(const RequestHandler& handler, SigningPool& pool,
                     const JsonLog& log)
    : handler_(handler),
      pool_(pool),
      callers_(handler.state()),
      log_(log),
      counts_(ConnectionCounts::LimitsFor(OpenFileLimit())) {}

absl::StatusOr<std::unique_ptr<TlsServer>> TlsServer::Start(
    absl::Span<const TcpListenerSettings> listeners,
    const RequestHandler& handler, SigningPool& pool, const JsonLog& log,
    const Options& options) {
  OfferTls13Only();
  std::unique_ptr<TlsServer> tls(new TlsServer(handler, pool, log));
  grpc::ServerBuilder builder;
  ApplyServerOptions(builder, options.reflection);
  builder.RegisterService(&tls->service_);
  builder.RegisterService(tls->health_.service());
  for (const TcpListenerSettings& listener : listeners) {
    ASSIGN_OR_RETURN(Port port, tls->OpenPort(listener, options, builder));
    tls->ports_.push_back(std::make_unique<Port>(std::move(port)));
  }
  for (size_t i = 0; i < options.threads; ++i) {
    tls->lanes_.push_back(
        std::make_unique<Lane>(*tls, builder.AddCompletionQueue()));
  }
  tls->server_ = builder.BuildAndStart();
  if (tls->server_ == nullptr) {
    return absl::InternalError("gRPC could not start a server");
  }
  for (const std::unique_ptr<Lane>& lane : tls->lanes_) {
    lane->queue.Start([&] { tls->Ask(*lane); },
                      [lane = lane.get()] { lane->sign_calls.SignArrived(); });
  }
  for (const std::unique_ptr<Port>& port : tls->ports_) {
    port->loop->Start(
        [tls = tls.get(), port = port.get()](UniqueFd connection) {
          tls->Accept(*port, std::move(connection));
        });
  }
  return tls;
}

absl::StatusOr<TlsServer::Port> TlsServer::OpenPort(
    const TcpListenerSettings& listener, const Options& options,
    grpc::ServerBuilder& builder) {
  RETURN_IF_ERROR(CheckTransportFiles(listener));
  TcpSocket socket;
  if (listener.socket != nullptr) {
    socket = {std::move(*listener.socket), listener.address};
  } else {
    ASSIGN_OR_RETURN(const ListenAddress address,
                     ListenAddress::Parse(listener.address));
    ASSIGN_OR_RETURN(socket, ListenOnTcp(address));
  }
  addresses_.push_back(socket.address);
  Port port;
  port.address = socket.address;
  ASSIGN_OR_RETURN(port.loop, AcceptLoop::Create(std::move(socket.fd),
                                                 socket.address, log_));
  using Builder = grpc::ServerBuilder::experimental_type;
  port.acceptor = builder.experimental().AddExternalConnectionAcceptor(
      Builder::ExternalConnectionType::FROM_FD,
      MakeTransportCredentials(listener, options.certificate_refresh));
  return port;
}

void TlsServer::Accept(Port& port, UniqueFd connection) {
  const std::string peer = PeerAddress(connection.get());
  {
    absl::MutexLock lock(&accept_mutex_);
    const absl::Status counted = counts_.Add(peer, connection.get());
    if (!counted.ok()) {
      const absl::Time now = absl::Now();
      if (now < next_refusal_line_) return;
      next_refusal_line_ = now + kBetweenRefusalLines;
      log_.Write(JsonLine("connection_refused", LogLevel::kWarning)
                     .Add("address", port.address)
                     .Add("peer", peer)
                     .Add("message", counted.message()));
      return;
    }
  }
  connections_.Add(connection.get());
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters
      parameters;
  parameters.fd = connection.release();
  port.acceptor->HandleNewConnection(&parameters);
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
                                 const Request& request, Response& response,
                                 HeldBytes& held) {
    const std::shared_ptr<const CallerView> caller = callers_.Find(context);
    absl::StatusOr<Response> result = (handler_.*answer)(*caller, request);
    absl::Status status = result.status();
    if (status.ok() && !held.Take(budgets_.Find(caller->identity.name()),
                                  result->ByteSizeLong())) {
      status = CallerHasTooManyBytesError();
    }
    if (status.ok()) response = *std::move(result);
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
    AsyncSignStream::Ask({service_,
                          lane.queue,
                          {callers_, handler_, pool_, budgets_},
                          streams_});
  }
}

TlsServer::~TlsServer() { Shutdown(absl::InfinitePast()); }

void TlsServer::OnDrain() {
  health_.StopServing();
  streams_.OnDrain();
}

void TlsServer::Shutdown(absl::Time deadline) {
  for (const std::unique_ptr<Port>& port : ports_) port->loop->Stop();
  health_.EndWatches();
  streams_.AwaitNoneUntil(deadline);
  if (server_ != nullptr) ShutdownBy(*server_, deadline);
  streams_.AwaitNone();
  health_.AwaitNone();
  for (const std::unique_ptr<Lane>& lane : lanes_) {
    lane->sign_calls.Close();
    lane->queue.Stop();
  }
}

}  // namespace keyhold
