#include "signer_service/process/landlock_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

// Debian 12's headers end at the first version: later rights by number.
constexpr uint64_t kRightsOfVersion1 = (uint64_t{1} << 13) - 1;
constexpr uint64_t kRefer = uint64_t{1} << 13;        // 2
constexpr uint64_t kTruncate = uint64_t{1} << 14;     // 3
constexpr uint64_t kIoctlDevice = uint64_t{1} << 15;  // 5
constexpr uint64_t kBindTcp = 1;                      // 4
constexpr uint64_t kConnectTcp = 2;                   // 4

struct RulesetAttributes {
  uint64_t handled_access_fs;
  uint64_t handled_access_net;
};

absl::Status KernelRefused(absl::string_view what, int error) {
  return absl::InternalError(
      absl::StrCat("Landlock: ", what, ": ", strerror(error)));
}

absl::Status NoLandlock() {
  return absl::UnimplementedError(
      "this kernel has no Landlock, or it is switched off (lsm=)");
}

int Version() {
  return static_cast<int>(syscall(SYS_landlock_create_ruleset, nullptr, 0,
                                  LANDLOCK_CREATE_RULESET_VERSION));
}

absl::StatusOr<UniqueFd> NewRuleset(bool forbid_network) {
  const int version = Version();
  if (version < 1) return NoLandlock();
  RulesetAttributes attributes = {kRightsOfVersion1, 0};
  if (version >= 2) attributes.handled_access_fs |= kRefer;
  if (version >= 3) attributes.handled_access_fs |= kTruncate;
  if (version >= 5) attributes.handled_access_fs |= kIoctlDevice;
  size_t size = sizeof(attributes.handled_access_fs);
  if (version >= 4 && forbid_network) {
    attributes.handled_access_net = kBindTcp | kConnectTcp;
    size = sizeof(attributes);
  }
  UniqueFd ruleset(static_cast<int>(
      syscall(SYS_landlock_create_ruleset, &attributes, size, 0)));
  if (!ruleset) return KernelRefused("ruleset", errno);
  return ruleset;
}

absl::Status Enforce(const UniqueFd& ruleset) {
  if (syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return KernelRefused("restrict_self", errno);
  }
  return absl::OkStatus();
}

// Allows `rights` on `path` and beneath it. What cannot be opened here cannot
// be opened later either.
absl::Status Allow(const UniqueFd& ruleset, const std::string& path,
                   uint64_t rights) {
  const UniqueFd fd(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!fd) return absl::OkStatus();
  struct stat info;
  if (fstat(fd.get(), &info) != 0) return KernelRefused(path, errno);
  if (!S_ISDIR(info.st_mode)) {
    rights &= LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
              LANDLOCK_ACCESS_FS_WRITE_FILE;
  }
  if (rights == 0) return absl::OkStatus();
  struct landlock_path_beneath_attr rule = {};
  rule.allowed_access = rights;
  rule.parent_fd = fd.get();
  if (syscall(SYS_landlock_add_rule, ruleset.get(), LANDLOCK_RULE_PATH_BENEATH,
              &rule, 0) != 0) {
    return KernelRefused(path, errno);
  }
  return absl::OkStatus();
}

bool IsOrIsBeneath(const std::string& path, const std::string& folder) {
  return path == folder ||
         absl::StartsWith(path,
                          folder == "/" ? "/" : absl::StrCat(folder, "/"));
}

constexpr uint64_t kReading = LANDLOCK_ACCESS_FS_READ_FILE |
                              LANDLOCK_ACCESS_FS_READ_DIR |
                              LANDLOCK_ACCESS_FS_EXECUTE;

// Everything beneath `path` may be read, but for `forbidden`: a rule holds for
// all beneath, so folders on the way to what is forbidden get none, and what
// is in them gets one each.
absl::Status AllowReading(const UniqueFd& ruleset, const std::string& path,
                          const std::vector<std::string>& forbidden) {
  bool on_the_way = false;
  for (const std::string& folder : forbidden) {
    if (IsOrIsBeneath(path, folder)) return absl::OkStatus();
    on_the_way = on_the_way || IsOrIsBeneath(folder, path);
  }
  if (!on_the_way) return Allow(ruleset, path, kReading);
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
    // Where a link leads to has its own rules.
    if (entry.is_symlink(error)) continue;
    RETURN_IF_ERROR(AllowReading(ruleset, entry.path().string(), forbidden));
  }
  return absl::OkStatus();
}

std::string Canonical(const std::string& path) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::canonical(path, error);
  return error ? path : real.string();
}

}  // namespace

absl::Status ForbidAllFiles() {
  ASSIGN_OR_RETURN(const UniqueFd ruleset, NewRuleset(true));
  return Enforce(ruleset);
}

absl::Status AllowOnlyFiles(const AllowedFiles& allowed) {
  ASSIGN_OR_RETURN(const UniqueFd ruleset, NewRuleset(false));
  std::vector<std::string> forbidden;
  for (const std::string& folder : allowed.forbidden) {
    forbidden.push_back(Canonical(folder));
  }
  for (const std::string& path : allowed.readable) {
    RETURN_IF_ERROR(AllowReading(ruleset, Canonical(path), forbidden));
  }
  for (const std::string& folder : allowed.socket_folders) {
    RETURN_IF_ERROR(
        Allow(ruleset, Canonical(folder), LANDLOCK_ACCESS_FS_MAKE_SOCK));
  }
  RETURN_IF_ERROR(
      Allow(ruleset, "/dev/null",
            LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE));
  return Enforce(ruleset);
}

}  // namespace keyhold
