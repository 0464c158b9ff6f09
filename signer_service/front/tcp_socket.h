// Listening sockets for the TCP listeners.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_TCP_SOCKET_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_TCP_SOCKET_H_

#include <string>

#include "absl/status/statusor.h"
#include "signer_service/config/listen_address.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

struct TcpSocket {
  UniqueFd fd;
  // With the port that was bound.
  std::string address;
};

// Listens on `address`; an IPv6 address takes no IPv4 connections. Does not
// block; connections send small packets at once. Unavailable, with the
// address and what the operating system says: the port is in use, the address
// is not this host's.
absl::StatusOr<TcpSocket> ListenOnTcp(const ListenAddress& address);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_TCP_SOCKET_H_
