#include "signer_service/process/memory_file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;

absl::Status KernelRefused(absl::string_view what) {
  return absl::ErrnoToStatus(errno, what);
}

absl::Status NotSealed() {
  return absl::FailedPreconditionError("a memory file is not sealed");
}

}  // namespace

absl::StatusOr<UniqueFd> MakeMemoryFile(absl::string_view bytes) {
  UniqueFd file(memfd_create("keyhold", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return KernelRefused("memfd_create");
  RETURN_IF_ERROR(RewriteMemoryFile(file, bytes));
  return file;
}

absl::Status RewriteMemoryFile(const UniqueFd& file, absl::string_view bytes) {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t wrote = pwrite(file.get(), bytes.data() + done,
                                 bytes.size() - done, static_cast<off_t>(done));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote < 0) return KernelRefused("writing to memory");
    done += static_cast<size_t>(wrote);
  }
  if (ftruncate(file.get(), static_cast<off_t>(bytes.size())) != 0) {
    return KernelRefused("ftruncate");
  }
  return absl::OkStatus();
}

absl::Status SealMemoryFile(const UniqueFd& file) {
  if (fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) {
    return KernelRefused("F_ADD_SEALS");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadSealedMemoryFile(const UniqueFd& file) {
  if (fcntl(file.get(), F_GET_SEALS) != kSeals) return NotSealed();
  struct stat info;
  if (fstat(file.get(), &info) != 0) return KernelRefused("fstat");
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got = pread(file.get(), &bytes[done], bytes.size() - done,
                              static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return KernelRefused("reading from memory");
    done += static_cast<size_t>(got);
  }
  return bytes;
}

}  // namespace keyhold
