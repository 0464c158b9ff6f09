// Who is at the other end of a UNIX socket.
#ifndef KEYHOLD_DAEMON_UNIX_PEER_H_
#define KEYHOLD_DAEMON_UNIX_PEER_H_

#include <sys/types.h>

#include "absl/status/statusor.h"

namespace keyhold {

// The kernel's stand-in for a uid or gid that has no number in this user
// namespace (/proc/sys/kernel/overflowuid). It says nothing about who calls.
constexpr uid_t kOverflowId = 65534;

struct UnixPeer {
  uid_t uid = kOverflowId;
  gid_t gid = kOverflowId;
};

// The effective user and group of the process that connected, as they were
// then (SO_PEERCRED): they cannot be forged, and do not change with the
// process.
absl::StatusOr<UnixPeer> PeerOf(int connection);

}  // namespace keyhold

#endif  // KEYHOLD_DAEMON_UNIX_PEER_H_
