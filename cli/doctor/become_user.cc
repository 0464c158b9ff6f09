#include "cli/doctor/become_user.h"

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

absl::Status NoSuchUser(const std::string& name) {
  return absl::InvalidArgumentError(
      absl::StrCat("no user \"", name, "\" on this machine"));
}

absl::Status CannotBecome(const std::string& name, int error) {
  return absl::PermissionDeniedError(absl::StrCat(
      "cannot become ", name, ": ", strerror(error), "; run this as root"));
}

}  // namespace

absl::Status BecomeUser(const std::string& name) {
  errno = 0;
  // One thread: the static buffer is nobody else's.
  const passwd* const user = getpwnam(name.c_str());  // NOLINT(concurrency-*)
  if (user == nullptr) return NoSuchUser(name);
  const uid_t uid = user->pw_uid;
  const gid_t gid = user->pw_gid;
  if (uid == geteuid() && uid == getuid() && gid == getegid()) {
    return absl::OkStatus();
  }
  if (initgroups(name.c_str(), gid) != 0 || setresgid(gid, gid, gid) != 0 ||
      setresuid(uid, uid, uid) != 0) {
    return CannotBecome(name, errno);
  }
  return absl::OkStatus();
}

}  // namespace keyhold
