#include "daemon/open_file_limit.h"

#include <errno.h>
#include <sys/resource.h>

#include "absl/strings/str_cat.h"

namespace keyhold {

namespace {

// Connections, listeners, libraries' own.
constexpr rlim_t kOtherFiles = 512;

absl::Status TooManyFiles(size_t count, rlim_t limit) {
  return absl::ResourceExhaustedError(
      absl::StrCat("reading ", count,
                   " key files takes as many open files, and the hard "
                   "limit is ",
                   limit,
                   "; raise RLIMIT_NOFILE (LimitNOFILE= in the service's unit, "
                   "ulimit -Hn) to at least ",
                   count + kOtherFiles));
}

}  // namespace

absl::Status EnsureOpenFileLimit(size_t count) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return absl::ErrnoToStatus(errno, "getrlimit RLIMIT_NOFILE");
  }
  const rlim_t wanted = count + kOtherFiles;
  if (limit.rlim_cur >= wanted) return absl::OkStatus();
  if (limit.rlim_max < wanted) return TooManyFiles(count, limit.rlim_max);
  limit.rlim_cur = wanted;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return absl::ErrnoToStatus(errno, "setrlimit RLIMIT_NOFILE");
  }
  return absl::OkStatus();
}

absl::Status RaiseOpenFileLimit() {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return absl::ErrnoToStatus(errno, "getrlimit RLIMIT_NOFILE");
  }
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return absl::ErrnoToStatus(errno, "setrlimit RLIMIT_NOFILE");
  }
  return absl::OkStatus();
}

size_t OpenFileLimit() {
  struct rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

}  // namespace keyhold
