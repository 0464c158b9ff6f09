#include "signer_service/vault/key_file_reader.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

namespace {

absl::Status NotARegularFile() {
  return absl::InvalidArgumentError("not a regular file");
}

absl::Status FileTooLarge(size_t bytes) {
  return absl::InvalidArgumentError(
      absl::StrCat("too large for a private key: ", bytes, " bytes, at most ",
                   kMaxKeyFileBytes));
}

absl::Status FileEmpty() { return absl::InvalidArgumentError("empty file"); }

absl::Status FileChangedWhileRead() {
  return absl::InvalidArgumentError(
      "changed while it was read; write it under another name and rename it");
}

}  // namespace

absl::StatusOr<SecretBytes> ReadKeyFile(const UniqueFd& fd) {
  struct stat info;
  if (fstat(fd.get(), &info) != 0) {
    return absl::ErrnoToStatus(errno, "cannot be read");
  }
  if (!S_ISREG(info.st_mode)) return NotARegularFile();
  if (info.st_size == 0) return FileEmpty();
  const size_t size = static_cast<size_t>(info.st_size);
  if (size > kMaxKeyFileBytes) return FileTooLarge(size);
  ASSIGN_OR_RETURN(SecretBytes bytes, SecretBytes::OfSize(size));
  size_t done = 0;
  while (done < size) {
    ssize_t got = pread(fd.get(), bytes.data() + done, size - done,
                        static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return absl::ErrnoToStatus(errno, "cannot be read");
    if (got == 0) return FileChangedWhileRead();
    done += static_cast<size_t>(got);
  }
  return bytes;
}

}  // namespace keyhold
