#include "signer_service/audit/segment_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

constexpr absl::string_view kSuffix = ".jsonl";
constexpr size_t kDigits = 8;
constexpr mode_t kFolderMode = 0700;
constexpr mode_t kFileMode = 0640;

absl::Status FileError(absl::string_view path, int error) {
  const std::string text = absl::StrCat(path, ": ", strerror(error));
  switch (error) {
    case ENOENT:
      return absl::NotFoundError(text);
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(text);
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return absl::ResourceExhaustedError(text);
    default:
      return absl::UnavailableError(text);
  }
}

std::optional<uint32_t> NumberOf(absl::string_view name) {
  uint32_t number = 0;
  if (!absl::ConsumeSuffix(&name, kSuffix) || name.size() < kDigits ||
      !std::all_of(name.begin(), name.end(), absl::ascii_isdigit) ||
      !absl::SimpleAtoi(name, &number) || number == 0) {
    return std::nullopt;
  }
  return number;
}

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

}  // namespace

absl::StatusOr<SegmentFolder> SegmentFolder::Open(absl::string_view path) {
  std::string name(path);
  UniqueFd fd(open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return FileError(name, errno);
  return SegmentFolder(std::move(name), std::move(fd));
}

absl::StatusOr<SegmentFolder> SegmentFolder::OpenOrMake(
    absl::string_view path) {
  const std::string name(path);
  if (mkdir(name.c_str(), kFolderMode) != 0 && errno != EEXIST) {
    return FileError(name, errno);
  }
  return Open(path);
}

std::string SegmentFolder::FileName(uint32_t number) {
  return absl::StrFormat("%08u%s", number, kSuffix);
}

absl::StatusOr<std::vector<SegmentName>> SegmentFolder::List() const {
  // A description of its own: another one's place in the list is not moved.
  const int own = openat(fd_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (own < 0) return FileError(path_, errno);
  const std::unique_ptr<DIR, CloseFolder> folder(fdopendir(own));
  if (folder == nullptr) {
    const int error = errno;
    close(own);
    return FileError(path_, error);
  }
  std::vector<SegmentName> names;
  while (const dirent* entry = readdir(folder.get())) {
    const std::optional<uint32_t> number = NumberOf(entry->d_name);
    struct stat info;
    if (number.has_value() &&
        fstatat(fd_.get(), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(info.st_mode)) {
      names.push_back({*number, static_cast<uint64_t>(info.st_size)});
    }
  }
  std::sort(names.begin(), names.end(),
            [](const SegmentName& a, const SegmentName& b) {
              return a.number < b.number;
            });
  return names;
}

absl::StatusOr<UniqueFd> SegmentFolder::OpenFile(uint32_t number,
                                                 int flags) const {
  const std::string name = FileName(number);
  UniqueFd fd(openat(fd_.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC,
                     kFileMode));
  if (!fd) return FileError(absl::StrCat(path_, "/", name), errno);
  return fd;
}

absl::StatusOr<UniqueFd> SegmentFolder::OpenToRead(uint32_t number) const {
  return OpenFile(number, O_RDONLY);
}

absl::StatusOr<UniqueFd> SegmentFolder::OpenToAppend(uint32_t number) const {
  return OpenFile(number, O_RDWR | O_APPEND);
}

absl::StatusOr<UniqueFd> SegmentFolder::Create(uint32_t number,
                                               uint64_t bytes) const {
  ASSIGN_OR_RETURN(UniqueFd fd,
                   OpenFile(number, O_RDWR | O_APPEND | O_CREAT | O_EXCL));
  if (fallocate(fd.get(), FALLOC_FL_KEEP_SIZE, 0, static_cast<off_t>(bytes)) !=
          0 &&
      errno != EOPNOTSUPP && errno != ENOSYS) {
    const int error = errno;
    unlinkat(fd_.get(), FileName(number).c_str(), 0);
    return FileError(absl::StrCat(path_, "/", FileName(number)), error);
  }
  // The name is on the disk before anything relies on it.
  if (fsync(fd_.get()) != 0) return FileError(path_, errno);
  return fd;
}

absl::Status SegmentFolder::Remove(uint32_t number) const {
  const std::string name = FileName(number);
  if (unlinkat(fd_.get(), name.c_str(), 0) != 0 && errno != ENOENT) {
    return FileError(absl::StrCat(path_, "/", name), errno);
  }
  return absl::OkStatus();
}

absl::Status SegmentFolder::LockForWriting() const {
  if (flock(fd_.get(), LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  if (errno != EWOULDBLOCK) return FileError(path_, errno);
  return absl::FailedPreconditionError(absl::StrCat(
      path_, ": another process writes this audit log; a log has one writer"));
}

}  // namespace keyhold
