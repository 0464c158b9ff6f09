// The gRPC server of all TCP listeners.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_TLS_SERVER_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_TLS_SERVER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "daemon/accept_loop.h"
#include "daemon/json_log.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/server.h"
#include "grpcpp/server_builder.h"
#include "signer_service/config/signer_settings.h"
#include "signer_service/front/caller_budget.h"
#include "signer_service/front/callers.h"
#include "signer_service/front/connection_counts.h"
#include "signer_service/front/health_service.h"
#include "signer_service/front/open_connections.h"
#include "signer_service/front/request_handler.h"
#include "signer_service/front/rpc_queue.h"
#include "signer_service/front/sign_calls.h"
#include "signer_service/front/sign_streams.h"
#include "signer_service/front/signing_pool.h"
#include "signer_service/front/tls_signer_service.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Thread-safe.
class TlsServer {
 public:
  struct Options {
    // Threads that answer Sign.
    size_t threads = 1;
    bool reflection = false;
    // How often certificates are looked at for changes: whole seconds.
    absl::Duration certificate_refresh = absl::Seconds(10);
  };

  // Serves at once. Connections beyond ConnectionCounts' limits are closed as
  // they come, and the log says so, once a second. `handler`, `pool` and `log`
  // must outlive this.
  //
  // Errors as CheckTransportFiles and ListenOnTcp.
  static absl::StatusOr<std::unique_ptr<TlsServer>> Start(
      absl::Span<const TcpListenerSettings> listeners,
      const RequestHandler& handler, SigningPool& pool, const JsonLog& log,
      const Options& options);
  ~TlsServer();

  // Addresses with the ports that were bound, in the listeners' order.
  const std::vector<std::string>& addresses() const { return addresses_; }

  // See SignStreams::OnDrain; health answers NOT_SERVING.
  void OnDrain();
  // See HealthService.
  void SetPaused(bool paused) { health_.SetPaused(paused); }
  // Waits for calls under way, until `deadline`; then cancels them. Ends
  // health watches at once.
  void Shutdown(absl::Time deadline);

 private:
  // A queue and the calls that its thread signs.
  struct Lane {
    Lane(TlsServer& server, std::unique_ptr<grpc::ServerCompletionQueue> cq)
        : queue(std::move(cq)),
          sign_calls(server.service_, server.handler_, server.connections_,
                     queue) {}
    RpcQueue queue;
    SignCalls sign_calls;
  };

  TlsServer(const RequestHandler& handler, SigningPool& pool,
            const JsonLog& log);

  // A listening socket, and where gRPC takes its connections.
  struct Port {
    std::string address;
    std::unique_ptr<AcceptLoop> loop;
    std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  };

  absl::StatusOr<Port> OpenPort(const TcpListenerSettings& listener,
                                const Options& options,
                                grpc::ServerBuilder& builder);
  // Gives the connection to gRPC, or closes it if there are too many.
  void Accept(Port& port, UniqueFd connection);
  // Lets gRPC deliver calls of all methods.
  void Ask(Lane& lane);
  // `ask` is the generated RequestX of one method.
  template <typename Asker, typename Request, typename Response>
  void AskForQuery(Lane& lane, Asker ask,
                   absl::StatusOr<Response> (RequestHandler::*answer)(
                       const CallerView&, const Request&) const);

  const RequestHandler& handler_;
  SigningPool& pool_;
  TlsCallers callers_;
  TlsSignerService service_;
  HealthService health_;
  CallerBudgets budgets_;
  SignStreams streams_;
  OpenConnections connections_;
  const JsonLog& log_;
  absl::Mutex accept_mutex_;
  ConnectionCounts counts_ ABSL_GUARDED_BY(accept_mutex_);
  // A flood of connections is no flood of lines.
  absl::Time next_refusal_line_ ABSL_GUARDED_BY(accept_mutex_) =
      absl::InfinitePast();
  std::vector<std::string> addresses_;
  // Completion queues outlive the server that uses them.
  std::vector<std::unique_ptr<Lane>> lanes_;
  std::unique_ptr<grpc::Server> server_;
  std::vector<std::unique_ptr<Port>> ports_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_TLS_SERVER_H_
