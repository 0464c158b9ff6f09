#include "cli/servers/replace_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

constexpr mode_t kNewMode = 0644;
constexpr mode_t kModeBits = 07777;

absl::Status CannotWriteError(const std::string& path, int error) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot write ", path, ": ", strerror(error)));
}

bool WriteAll(int fd, absl::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

// Owner first: giving a file away may clear bits of its mode.
bool TakeOver(int fd, const std::string& path) {
  struct stat old = {};
  if (stat(path.c_str(), &old) != 0) {
    return errno == ENOENT && fchmod(fd, kNewMode) == 0;
  }
  return fchown(fd, old.st_uid, old.st_gid) == 0 &&
         fchmod(fd, old.st_mode & kModeBits) == 0;
}

}  // namespace

absl::Status ReplaceFile(const std::string& path, absl::string_view text) {
  const std::string draft = absl::StrCat(path, ".keyhold-new");
  // One that an earlier run left behind.
  unlink(draft.c_str());
  const UniqueFd fd(open(draft.c_str(),
                         O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                         S_IRUSR | S_IWUSR));
  if (!fd) return CannotWriteError(path, errno);
  if (!TakeOver(fd.get(), path) || !WriteAll(fd.get(), text) ||
      rename(draft.c_str(), path.c_str()) != 0) {
    const int error = errno;
    unlink(draft.c_str());
    return CannotWriteError(path, error);
  }
  return absl::OkStatus();
}

}  // namespace keyhold
