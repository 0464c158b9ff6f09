#include "deploy/examples/tcp_socket.h"

#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace keyhold::examples {
namespace {

// Opens a socket for each address that `text` stands for until `use` succeeds
// with one.
absl::StatusOr<UniqueFd> OpenSocket(
    const std::string& text, int flags,
    const std::function<bool(int, const addrinfo&)>& use) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat(text, ": write ADDRESS:PORT"));
  }
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[') {
    host = host.substr(1, host.size() - 2);
  }
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const int error =
      getaddrinfo(host.c_str(), text.c_str() + colon + 1, &hints, &found);
  if (error != 0) {
    return absl::UnavailableError(
        absl::StrCat(text, ": ", gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> all(found,
                                                               freeaddrinfo);
  for (const addrinfo* each = found; each != nullptr; each = each->ai_next) {
    UniqueFd fd(socket(each->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (fd && use(fd.get(), *each)) return fd;
  }
  return absl::UnavailableError(absl::StrCat(text, ": ", std::strerror(errno)));
}

}  // namespace

absl::StatusOr<UniqueFd> ListenOn(const std::string& address) {
  return OpenSocket(address, AI_PASSIVE, [](int fd, const addrinfo& target) {
    const int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    return bind(fd, target.ai_addr, target.ai_addrlen) == 0 &&
           listen(fd, SOMAXCONN) == 0;
  });
}

absl::StatusOr<UniqueFd> ConnectTo(const std::string& address) {
  return OpenSocket(address, 0, [](int fd, const addrinfo& target) {
    return connect(fd, target.ai_addr, target.ai_addrlen) == 0;
  });
}

std::string BoundAddress(const UniqueFd& socket) {
  sockaddr_storage bound = {};
  socklen_t size = sizeof(bound);
  char host[NI_MAXHOST] = "";
  char port[NI_MAXSERV] = "";
  if (getsockname(socket.get(), reinterpret_cast<sockaddr*>(&bound), &size) ==
      0) {
    getnameinfo(reinterpret_cast<sockaddr*>(&bound), size, host, sizeof(host),
                port, sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV);
  }
  const bool is_ipv6 = bound.ss_family == AF_INET6;
  return absl::StrCat(is_ipv6 ? "[" : "", host, is_ipv6 ? "]" : "", ":", port);
}

}  // namespace keyhold::examples
