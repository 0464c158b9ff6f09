#include "daemon/service_manager.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

// SD_LISTEN_FDS_START
constexpr int kFirstDescriptor = 3;

absl::string_view Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

absl::Status NotAListeningSocket(int fd) {
  return absl::InvalidArgumentError(absl::StrCat(
      "descriptor ", fd,
      " from the service manager is no listening UNIX stream socket; the "
      "socket unit wants ListenStream= with a path"));
}

template <typename Value>
bool OptionIs(int fd, int option, Value wanted) {
  Value value = {};
  socklen_t size = sizeof(value);
  return getsockopt(fd, SOL_SOCKET, option, &value, &size) == 0 &&
         value == wanted;
}

absl::Status Prepare(int fd) {
  if (!OptionIs(fd, SO_DOMAIN, AF_UNIX) ||
      !OptionIs(fd, SO_TYPE, static_cast<int>(SOCK_STREAM)) ||
      !OptionIs(fd, SO_ACCEPTCONN, 1)) {
    return NotAListeningSocket(fd);
  }
  const int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0 ||
      fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) {
    return absl::ErrnoToStatus(errno, "a socket from the service manager");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status NotifyServiceManager(absl::string_view state) {
  const absl::string_view path = Variable("NOTIFY_SOCKET");
  if (path.empty()) return absl::OkStatus();
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) {
    return absl::InvalidArgumentError("NOTIFY_SOCKET is too long for a socket");
  }
  path.copy(address.sun_path, path.size());
  if (path[0] == '@') address.sun_path[0] = '\0';
  const socklen_t size =
      static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  const UniqueFd fd(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd || sendto(fd.get(), state.data(), state.size(), MSG_NOSIGNAL,
                    reinterpret_cast<const sockaddr*>(&address), size) < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("NOTIFY_SOCKET ", path));
  }
  return absl::OkStatus();
}

absl::Status NotifyReloading() {
  timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return NotifyServiceManager(absl::StrCat(
      "RELOADING=1\nMONOTONIC_USEC=",
      static_cast<int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000));
}

absl::StatusOr<std::vector<UniqueFd>> TakeListeningUnixSockets() {
  std::vector<UniqueFd> sockets;
  int count = 0;
  pid_t pid = 0;
  if (!absl::SimpleAtoi(Variable("LISTEN_PID"), &pid) || pid != getpid() ||
      !absl::SimpleAtoi(Variable("LISTEN_FDS"), &count)) {
    return sockets;
  }
  // No child takes them for its own.
  unsetenv("LISTEN_PID");
  unsetenv("LISTEN_FDS");
  unsetenv("LISTEN_FDNAMES");
  for (int fd = kFirstDescriptor; fd < kFirstDescriptor + count; ++fd) {
    RETURN_IF_ERROR(Prepare(fd));
    sockets.emplace_back(fd);
  }
  return sockets;
}

}  // namespace keyhold
