// A listening UNIX socket with a path in the file system.
#ifndef KEYHOLD_DAEMON_UNIX_SOCKET_FILE_H_
#define KEYHOLD_DAEMON_UNIX_SOCKET_FILE_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Not thread-safe.
class UnixSocketFile {
 public:
  struct Access {
    mode_t mode = 0660;
    // Who owns the file; null: this process's.
    std::optional<gid_t> group = std::nullopt;
  };

  // Listens at `path` (at most 107 bytes); an old socket there is replaced.
  //
  // AlreadyExists: something else than a socket is at the path, or a service
  // that answers there. Others as the operating system has them, with the
  // path.
  static absl::StatusOr<UnixSocketFile> Listen(const std::string& path,
                                               const Access& access);

  // The listening socket, which does not block. Once.
  UniqueFd TakeSocket() { return std::move(socket_); }
  // Removes the file, if it is still the one that Listen made.
  void Remove() const;

  const std::string& path() const { return path_; }

 private:
  UnixSocketFile(std::string path, UniqueFd socket, dev_t device, ino_t inode)
      : path_(std::move(path)),
        socket_(std::move(socket)),
        device_(device),
        inode_(inode) {}

  std::string path_;
  UniqueFd socket_;
  dev_t device_;
  ino_t inode_;
};

}  // namespace keyhold

#endif  // KEYHOLD_DAEMON_UNIX_SOCKET_FILE_H_
