// Accepts local callers on a UNIX socket and finds out which user each is.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_UNIX_LISTENER_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_UNIX_LISTENER_H_

#include <sys/types.h>

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "signer_service/config/signer_settings.h"
#include "signer_service/front/accept_loop.h"
#include "signer_service/front/json_log.h"
#include "signer_service/front/local_caller_server.h"
#include "signer_service/front/request_handler.h"
#include "signer_service/front/signing_pool.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// A connection's user is what the kernel recorded when it was made
// (SO_PEERCRED): it cannot be forged, and does not change with the process.
// At most kMaxLocalUsers users are served; connections of others are closed
// with a line in the log.
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

  void Accept(UniqueFd connection);
  absl::StatusOr<LocalCallerServer*> ServerOf(uid_t uid);

  const UnixListenerSettings settings_;
  const RequestHandler& handler_;
  SigningPool& pool_;
  const JsonLog& log_;
  const bool reflection_;
  // Of the socket's file.
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::unique_ptr<AcceptLoop> loop_;
  absl::Mutex mutex_;
  absl::flat_hash_map<uid_t, std::unique_ptr<LocalCallerServer>> servers_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_UNIX_LISTENER_H_
