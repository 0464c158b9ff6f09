// Connections of other local users.
#ifndef KEYHOLD_DAEMON_CONNECT_AS_H_
#define KEYHOLD_DAEMON_CONNECT_AS_H_

#include <sys/types.h>

#include <string>

#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// A connection to the UNIX socket at `path` that the kernel has down as
// `uid`'s, and of the group `gid` (by default: this process's): made by a
// child process that becomes this user, and handed back. None if this process
// may not become that user, or cannot connect as him.
UniqueFd ConnectAs(uid_t uid, const std::string& path,
                   gid_t gid = static_cast<gid_t>(-1));

}  // namespace keyhold

#endif  // KEYHOLD_DAEMON_CONNECT_AS_H_
