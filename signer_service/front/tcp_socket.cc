#include "signer_service/front/tcp_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

struct SocketAddress {
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  };
  socklen_t size;
};

SocketAddress Resolve(const ListenAddress& address) {
  SocketAddress resolved = {};
  if (absl::StrContains(address.host(), ':')) {
    resolved.v6.sin6_family = AF_INET6;
    resolved.v6.sin6_port = htons(address.port());
    inet_pton(AF_INET6, address.host().c_str(), &resolved.v6.sin6_addr);
    resolved.size = sizeof(resolved.v6);
  } else {
    resolved.v4.sin_family = AF_INET;
    resolved.v4.sin_port = htons(address.port());
    inet_pton(AF_INET, address.host().c_str(), &resolved.v4.sin_addr);
    resolved.size = sizeof(resolved.v4);
  }
  return resolved;
}

absl::Status CannotListenError(const ListenAddress& address) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ",
                                             address.WithPort(address.port()),
                                             ": ", strerror(errno)));
}

absl::StatusOr<int> BoundPort(const ListenAddress& address, int fd) {
  SocketAddress bound = {};
  bound.size = sizeof(bound.v6);
  if (getsockname(fd, &bound.any, &bound.size) != 0) {
    return CannotListenError(address);
  }
  return ntohs(bound.any.sa_family == AF_INET6 ? bound.v6.sin6_port
                                               : bound.v4.sin_port);
}

}  // namespace

absl::StatusOr<TcpSocket> ListenOnTcp(const ListenAddress& address) {
  const SocketAddress resolved = Resolve(address);
  UniqueFd fd(socket(resolved.any.sa_family,
                     SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) return CannotListenError(address);
  const int on = 1;
  // A restart need not wait for the last process's connections to expire.
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  // Accepted connections inherit it.
  setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  if (resolved.any.sa_family == AF_INET6) {
    setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
  }
  if (bind(fd.get(), &resolved.any, resolved.size) != 0 ||
      listen(fd.get(), SOMAXCONN) != 0) {
    return CannotListenError(address);
  }
  ASSIGN_OR_RETURN(const int port, BoundPort(address, fd.get()));
  return TcpSocket{std::move(fd), address.WithPort(port)};
}

}  // namespace keyhold
