// TCP sockets for the examples.
#ifndef KEYHOLD_DEPLOY_EXAMPLES_TCP_SOCKET_H_
#define KEYHOLD_DEPLOY_EXAMPLES_TCP_SOCKET_H_

#include <string>

#include "absl/status/statusor.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold::examples {

// Listens on "ADDRESS:PORT"; port 0 picks one. Unavailable if that fails.
absl::StatusOr<UniqueFd> ListenOn(const std::string& address);

// Connects to "ADDRESS:PORT". Unavailable if that fails.
absl::StatusOr<UniqueFd> ConnectTo(const std::string& address);

// The "ADDRESS:PORT" that a listening socket is bound to.
std::string BoundAddress(const UniqueFd& socket);

}  // namespace keyhold::examples

#endif  // KEYHOLD_DEPLOY_EXAMPLES_TCP_SOCKET_H_
