// What a service manager such as systemd and a service tell each other
// (sd_notify(3), sd_listen_fds(3)), without its library.
#ifndef KEYHOLD_DAEMON_SERVICE_MANAGER_H_
#define KEYHOLD_DAEMON_SERVICE_MANAGER_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Sends `state` ("READY=1", "STOPPING=1", several with line ends between) to
// $NOTIFY_SOCKET, a path or "@" and an abstract name. OK, and nothing
// happens, where the variable is not set. Otherwise the operating system's
// error. Thread-safe.
absl::Status NotifyServiceManager(absl::string_view state);

// "RELOADING=1" with the time that systemd wants beside it.
absl::Status NotifyReloading();

// The sockets that the service manager opened for this process ($LISTEN_FDS
// from descriptor 3 on, if $LISTEN_PID is this process), now close-on-exec
// and non-blocking. Empty if there are none. InvalidArgument: one of them is
// no listening UNIX stream socket. Call once, early.
absl::StatusOr<std::vector<UniqueFd>> TakeListeningUnixSockets();

}  // namespace keyhold

#endif  // KEYHOLD_DAEMON_SERVICE_MANAGER_H_
