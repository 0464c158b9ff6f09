// Abstract UNIX sockets (unix(7)) and what the kernel calls any of them.
#ifndef KEYHOLD_TLS_LIB_AGENT_ABSTRACT_SOCKET_H_
#define KEYHOLD_TLS_LIB_AGENT_ABSTRACT_SOCKET_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Listens, without blocking, at the abstract name of 1 to 106 bytes.
// AlreadyExists: somebody has the name.
absl::StatusOr<UniqueFd> ListenAbstract(absl::string_view name);

// "unix:PATH" or "abstract:NAME" of a bound UNIX socket; "unix:" if it has no
// name.
std::string UnixAddressOf(int socket);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_AGENT_ABSTRACT_SOCKET_H_
