#include "tls_lib/agent/abstract_socket.h"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

constexpr size_t kPathOffset = offsetof(sockaddr_un, sun_path);

absl::Status CannotListen(absl::string_view name, int error) {
  if (error == EADDRINUSE) {
    return absl::AlreadyExistsError(absl::StrCat(
        "abstract:", name,
        ": somebody has this name already; stop him or choose another"));
  }
  return absl::ErrnoToStatus(error, absl::StrCat("abstract:", name));
}

}  // namespace

absl::StatusOr<UniqueFd> ListenAbstract(absl::string_view name) {
  UniqueFd listener(
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  name.copy(address.sun_path + 1, sizeof(address.sun_path) - 1);
  const auto size = static_cast<socklen_t>(kPathOffset + 1 + name.size());
  if (!listener ||
      bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), size) !=
          0 ||
      listen(listener.get(), SOMAXCONN) != 0) {
    return CannotListen(name, errno);
  }
  return listener;
}

std::string UnixAddressOf(int socket) {
  sockaddr_un address = {};
  socklen_t size = sizeof(address);
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0 ||
      size <= kPathOffset) {
    return "unix:";
  }
  if (address.sun_path[0] == '\0') {
    return absl::StrCat("abstract:", absl::string_view(address.sun_path + 1,
                                                       size - kPathOffset - 1));
  }
  return absl::StrCat("unix:", address.sun_path);
}

}  // namespace keyhold
