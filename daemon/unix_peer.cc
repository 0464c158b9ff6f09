#include "daemon/unix_peer.h"

#include <sys/socket.h>

#include <cerrno>

#include "absl/status/status.h"

namespace keyhold {

absl::StatusOr<UnixPeer> PeerOf(int connection) {
  ucred credentials = {};
  socklen_t size = sizeof(credentials);
  if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &credentials, &size) !=
      0) {
    return absl::ErrnoToStatus(errno, "SO_PEERCRED");
  }
  return UnixPeer{credentials.uid, credentials.gid};
}

}  // namespace keyhold
