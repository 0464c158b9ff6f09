#include "tls_lib/agent/local_accounts.h"

#include <grp.h>
#include <pwd.h>

#include <cerrno>
#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "daemon/unix_peer.h"

namespace keyhold {
namespace {

constexpr size_t kMostBufferBytes = size_t{1} << 20;

absl::Status NoSuchAccount(absl::string_view kind, absl::string_view name) {
  return absl::InvalidArgumentError(
      absl::StrCat("no ", kind, " \"", name, "\" on this machine"));
}

absl::Status OverflowAccount(absl::string_view kind, absl::string_view name) {
  return absl::InvalidArgumentError(
      absl::StrCat("the ", kind, " \"", name, "\" has the number ", kOverflowId,
                   ", which the kernel gives to everybody without a number in "
                   "this namespace, so it is nobody's; use another account"));
}

absl::Status LookupFailed(absl::string_view kind, absl::string_view name,
                          int error) {
  return absl::ErrnoToStatus(error,
                             absl::StrCat("looking up the ", kind, " ", name));
}

// `find` is getpwnam_r or getgrnam_r.
template <typename Entry, typename Find, typename Number>
absl::StatusOr<id_t> Lookup(absl::string_view kind, const std::string& name,
                            Find find, Number number_of) {
  id_t number = kOverflowId;
  if (!absl::SimpleAtoi(name, &number)) {
    Entry entry = {};
    Entry* found = nullptr;
    std::vector<char> buffer(4096);
    int error =
        find(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    while (error == ERANGE && buffer.size() < kMostBufferBytes) {
      buffer.resize(2 * buffer.size());
      error = find(name.c_str(), &entry, buffer.data(), buffer.size(), &found);
    }
    if (found == nullptr) {
      return error == 0 || error == ENOENT ? NoSuchAccount(kind, name)
                                           : LookupFailed(kind, name, error);
    }
    number = number_of(entry);
  }
  if (number == kOverflowId) return OverflowAccount(kind, name);
  return number;
}

}  // namespace

absl::StatusOr<uid_t> FindUser(absl::string_view name) {
  return Lookup<passwd>("user", std::string(name), getpwnam_r,
                        [](const passwd& entry) { return entry.pw_uid; });
}

absl::StatusOr<gid_t> FindGroup(absl::string_view name) {
  return Lookup<group>("group", std::string(name), getgrnam_r,
                       [](const group& entry) { return entry.gr_gid; });
}

}  // namespace keyhold
