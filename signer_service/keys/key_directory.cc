#include "signer_service/keys/key_directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <memory>
#include <tuple>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

namespace {

constexpr size_t kMaxNameBytes = 255;
constexpr size_t kMaxCertificateFileBytes = 1 << 20;
constexpr absl::string_view kKeyEnding = ".key";
constexpr absl::string_view kCertificateEnding = ".crt";

struct CloseDir {
  void operator()(DIR* dir) const { closedir(dir); }
};
using DirPtr = std::unique_ptr<DIR, CloseDir>;

absl::Status CannotOpenDirectory(absl::string_view path, int error) {
  if (error == ENOTDIR) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, ": is not a folder"));
  }
  return absl::ErrnoToStatus(error, absl::StrCat(path, ": cannot be opened"));
}

absl::Status CannotOpenFile(absl::string_view path, int error) {
  switch (error) {
    case EXDEV:
      return absl::PermissionDeniedError(absl::StrCat(
          path,
          ": is a symbolic link that leads out of its folder or is absolute; "
          "put the file itself there"));
    case ELOOP:
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": too many symbolic links"));
    case ENXIO:
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": is not a regular file"));
    case ENOSYS:
      return absl::UnimplementedError(absl::StrCat(
          path, ": the kernel has no openat2; Linux 5.6 or later is needed"));
    default:
      return absl::ErrnoToStatus(error,
                                 absl::StrCat(path, ": cannot be opened"));
  }
}

absl::Status NotARegularFile(absl::string_view path, mode_t mode) {
  return absl::InvalidArgumentError(absl::StrCat(
      path, ": is ", S_ISDIR(mode) ? "a folder" : "not a regular file"));
}

absl::Status CertificateFileTooLarge(absl::string_view path) {
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": too large for a certificate chain, at most ",
                   kMaxCertificateFileBytes, " bytes"));
}

KeyProblem BadName(std::string path) {
  std::string message = absl::StrCat(
      path,
      ": ignored, because of its name; NAME.key, NAME@LABEL.key and the same "
      "with .crt take letters, digits, \"-\", \".\" and \"_\" for NAME and "
      "LABEL");
  return {KeyProblem::Severity::kError, std::move(path), std::move(message)};
}

KeyProblem CertificateWithoutKey(std::string path, absl::string_view key_file) {
  std::string message =
      absl::StrCat(path, ": ignored, there is no ", key_file, " beside it");
  return {KeyProblem::Severity::kWarning, std::move(path), std::move(message)};
}

bool IsNamePart(absl::string_view part) {
  return !part.empty() && absl::c_all_of(part, [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-' || c == '.' || c == '_';
  });
}

// False if `stem`, a file name without its ending, is no NAME or NAME@LABEL.
bool SplitStem(absl::string_view stem, ListedKey& key) {
  const size_t at = stem.find('@');
  absl::string_view id = stem.substr(0, at);
  if (!IsNamePart(id) || stem.size() > kMaxNameBytes) return false;
  key.id = std::string(id);
  if (at == absl::string_view::npos) return true;
  absl::string_view label = stem.substr(at + 1);
  key.label = std::string(label);
  return IsNamePart(label);
}

int OpenBeneath(int directory, const std::string& name) {
  struct open_how how = {};
  // O_NONBLOCK: a named pipe must not hold up the load.
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  int fd;
  do {
    fd = static_cast<int>(
        syscall(SYS_openat2, directory, name.c_str(), &how, sizeof(how)));
    // EAGAIN: something was renamed meanwhile, the kernel could not be sure.
  } while (fd < 0 && (errno == EINTR || errno == EAGAIN));
  return fd;
}

absl::StatusOr<std::vector<std::string>> FileNames(int directory,
                                                   absl::string_view path) {
  // A descriptor of its own, so that each listing starts at the beginning.
  UniqueFd fd(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return CannotOpenDirectory(path, errno);
  DirPtr dir(fdopendir(fd.get()));
  if (dir == nullptr) return CannotOpenDirectory(path, errno);
  fd.release();
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const struct dirent* entry = readdir(dir.get());
    if (entry == nullptr) break;
    names.emplace_back(entry->d_name);
  }
  if (errno != 0) return CannotOpenDirectory(path, errno);
  absl::c_sort(names);
  return names;
}

}  // namespace

absl::StatusOr<KeyDirectory> KeyDirectory::Open(absl::string_view path) {
  std::string owned(path);
  UniqueFd fd(open(owned.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) return CannotOpenDirectory(path, errno);
  return KeyDirectory(std::move(owned), std::move(fd));
}

absl::StatusOr<KeyDirectory::Listing> KeyDirectory::List() const {
  ASSIGN_OR_RETURN(std::vector<std::string> names, FileNames(fd_.get(), path_));
  const absl::flat_hash_set<absl::string_view> present(names.begin(),
                                                       names.end());
  Listing listing;
  for (const std::string& name : names) {
    absl::string_view stem = name;
    const bool is_key = absl::ConsumeSuffix(&stem, kKeyEnding);
    if (!is_key && !absl::ConsumeSuffix(&stem, kCertificateEnding)) continue;
    ListedKey key;
    if (!SplitStem(stem, key)) {
      listing.problems.push_back(BadName(PathOf(absl::CHexEscape(name))));
      continue;
    }
    if (is_key) {
      key.key_file = name;
      std::string certificate = absl::StrCat(stem, kCertificateEnding);
      if (present.contains(certificate)) key.certificate_file = certificate;
      listing.keys.push_back(std::move(key));
    } else if (!present.contains(absl::StrCat(stem, kKeyEnding))) {
      listing.problems.push_back(
          CertificateWithoutKey(PathOf(name), absl::StrCat(stem, kKeyEnding)));
    }
  }
  absl::c_sort(listing.keys, [](const ListedKey& a, const ListedKey& b) {
    return std::tie(a.id, a.label) < std::tie(b.id, b.label);
  });
  return listing;
}

absl::StatusOr<OpenedFile> KeyDirectory::OpenFile(
    absl::string_view name) const {
  OpenedFile file;
  file.fd.Reset(OpenBeneath(fd_.get(), std::string(name)));
  if (!file.fd) return CannotOpenFile(PathOf(name), errno);
  struct stat info;
  if (fstat(file.fd.get(), &info) != 0) {
    return CannotOpenFile(PathOf(name), errno);
  }
  if (!S_ISREG(info.st_mode))
    return NotARegularFile(PathOf(name), info.st_mode);
  file.bytes = static_cast<size_t>(info.st_size);
  file.world_readable = (info.st_mode & S_IROTH) != 0;
  return file;
}

absl::StatusOr<std::string> KeyDirectory::ReadCertificateFile(
    absl::string_view name) const {
  ASSIGN_OR_RETURN(OpenedFile file, OpenFile(name));
  if (file.bytes > kMaxCertificateFileBytes) {
    return CertificateFileTooLarge(PathOf(name));
  }
  std::string text(file.bytes, '\0');
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t got = pread(file.fd.get(), &text[done], text.size() - done,
                              static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return CannotOpenFile(PathOf(name), errno);
    if (got == 0) break;
    done += static_cast<size_t>(got);
  }
  text.resize(done);
  return text;
}

std::string KeyDirectory::PathOf(absl::string_view name) const {
  return absl::StrCat(absl::StripSuffix(path_, "/"), "/", name);
}

absl::StatusOr<std::vector<size_t>> KeyFileSizes(
    absl::Span<const std::string> directories) {
  std::vector<size_t> sizes;
  for (const std::string& path : directories) {
    ASSIGN_OR_RETURN(KeyDirectory directory, KeyDirectory::Open(path));
    ASSIGN_OR_RETURN(KeyDirectory::Listing listing, directory.List());
    for (const ListedKey& key : listing.keys) {
      absl::StatusOr<OpenedFile> file = directory.OpenFile(key.key_file);
      if (file.ok()) sizes.push_back(file->bytes);
    }
  }
  return sizes;
}

}  // namespace keyhold
