#include "daemon/unix_socket_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

absl::Status SystemError(const std::string& path, absl::string_view what) {
  return absl::ErrnoToStatus(errno, absl::StrCat(path, ": ", what));
}

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

bool IsAnswering(const std::string& path) {
  const UniqueFd probe(
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const sockaddr_un address = AddressOf(path);
  // EAGAIN: somebody listens, and his queue is full.
  return connect(probe.get(), reinterpret_cast<const sockaddr*>(&address),
                 sizeof(address)) == 0 ||
         errno == EAGAIN;
}

// Makes room at `path`.
absl::Status RemoveOldSocket(const std::string& path) {
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    return errno == ENOENT ? absl::OkStatus()
                           : SystemError(path, "cannot be looked at");
  }
  if (!S_ISSOCK(info.st_mode)) {
    return absl::AlreadyExistsError(absl::StrCat(
        path, ": is not a socket; remove it or choose another path"));
  }
  if (IsAnswering(path)) {
    return absl::AlreadyExistsError(absl::StrCat(
        path,
        ": another service answers there; stop it or choose another "
        "path"));
  }
  if (unlink(path.c_str()) == 0) return absl::OkStatus();
  return SystemError(path, "the old socket cannot be removed");
}

// Nobody can connect before listen, so the file may be given away and opened
// up in between.
absl::StatusOr<UniqueFd> Bind(const std::string& path,
                              const UnixSocketFile::Access& access) {
  UniqueFd listener(
      socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listener) return SystemError(path, "cannot make a socket");
  const sockaddr_un address = AddressOf(path);
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address),
           sizeof(address)) != 0) {
    return SystemError(path, "cannot be bound");
  }
  if (access.group.has_value() &&
      lchown(path.c_str(), static_cast<uid_t>(-1), *access.group) != 0) {
    return SystemError(
        path,
        absl::StrCat("cannot be given to the group with gid ", *access.group));
  }
  if (chmod(path.c_str(), access.mode) != 0) {
    return SystemError(path, "its permissions cannot be set");
  }
  if (listen(listener.get(), SOMAXCONN) != 0) {
    return SystemError(path, "cannot be listened on");
  }
  return listener;
}

}  // namespace

absl::StatusOr<UnixSocketFile> UnixSocketFile::Listen(const std::string& path,
                                                      const Access& access) {
  RETURN_IF_ERROR(RemoveOldSocket(path));
  ASSIGN_OR_RETURN(UniqueFd socket, Bind(path, access));
  struct stat info;
  if (lstat(path.c_str(), &info) != 0) {
    return SystemError(path, "is gone already");
  }
  return UnixSocketFile(path, std::move(socket), info.st_dev, info.st_ino);
}

void UnixSocketFile::Remove() const {
  struct stat info;
  if (lstat(path_.c_str(), &info) == 0 && info.st_dev == device_ &&
      info.st_ino == inode_) {
    unlink(path_.c_str());
  }
}

}  // namespace keyhold
