// Accepts local callers on a UNIX socket and finds out which user each is.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_UNIX_LISTENER_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_UNIX_LISTENER_H_

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "daemon/accept_loop.h"
#include "daemon/json_log.h"
#include "daemon/line_budget.h"
#include "daemon/unix_socket_file.h"
#include "signer_service/config/signer_settings.h"
#include "signer_service/front/local_caller_server.h"
#include "signer_service/front/request_handler.h"
#include "signer_service/front/signing_pool.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// A connection's user is what the kernel recorded when it was made
// (SO_PEERCRED): it cannot be forged, and does not change with the process.
// Users whom a rule names by number are always served. Of others at most
// kMaxLocalUsers at a time: then the places of those without a connection are
// free again; if there are none, a connection is closed with a line in the
// log. So nobody with many uids can shut out those whom the rules name.
//
// Thread-safe.
class UnixListener {
 public:
  static constexpr size_t kMaxLocalUsers = 64;

  // Listens, but does not accept yet. An old socket at the path is replaced.
  // `handler`, `pool` and `log` must outlive this.
  //
  // AlreadyExists: something else than a socket is at the path, or a service
  // that answers there. Others as the operating system has them, with the
  // path.
  static absl::StatusOr<std::unique_ptr<UnixListener>> Listen(
      const UnixListenerSettings& settings, const RequestHandler& handler,
      SigningPool& pool, const JsonLog& log, bool reflection);
  ~UnixListener();

  void Start();
  // Stops accepting and removes the socket, if it is still this one's.
  void StopAccepting();
  // See LocalCallerServer.
  void OnDrain();
  // See HealthService.
  void SetPaused(bool paused);
  void Shutdown(absl::Time deadline);

  const std::string& path() const { return settings_.path; }

 private:
  UnixListener(UnixListenerSettings settings, const RequestHandler& handler,
               SigningPool& pool, const JsonLog& log, bool reflection)
      : settings_(std::move(settings)),
        handler_(handler),
        pool_(pool),
        log_(log),
        reflection_(reflection) {}

  // A user who is served, and the connections that his server was given.
  struct User {
    struct Connection {
      int fd;
      uint64_t cookie;
    };
    // gRPC closes connections without a word. But no two sockets have one
    // cookie, so the kernel tells whether a descriptor still is what it was.
    void ForgetClosed();

    std::unique_ptr<LocalCallerServer> server;
    std::vector<Connection> connections;
    // When to forget closed ones next.
    size_t most_connections = 16;
    // By a rule, by number, when he came.
    bool named = false;
  };

  void Accept(UniqueFd connection);
  absl::Status Serve(uid_t uid, UniqueFd connection);
  absl::StatusOr<User*> UserOf(uid_t uid) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Ends the servers of users without a connection.
  void FreePlaces() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  size_t StrangersServed() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const UnixListenerSettings settings_;
  const RequestHandler& handler_;
  SigningPool& pool_;
  const JsonLog& log_;
  const bool reflection_;
  std::optional<UnixSocketFile> file_;
  std::unique_ptr<AcceptLoop> loop_;
  absl::Mutex mutex_;
  absl::flat_hash_map<uid_t, User> users_ ABSL_GUARDED_BY(mutex_);
  // Refused connections are a stranger's to make.
  LineBudget refusals_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_UNIX_LISTENER_H_
