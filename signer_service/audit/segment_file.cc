#include "signer_service/audit/segment_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

absl::Status WriteError(absl::string_view call, int error) {
  const std::string text =
      absl::StrCat("the audit log: ", call, ": ", strerror(error));
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
      return absl::ResourceExhaustedError(text);
    default:
      return absl::UnavailableError(text);
  }
}

}  // namespace

absl::StatusOr<size_t> DescriptorSegment::Append(absl::string_view bytes) {
  while (true) {
    const ssize_t written = write(fd_.get(), bytes.data(), bytes.size());
    if (written > 0) return static_cast<size_t>(written);
    if (written == 0) return WriteError("write", EIO);
    if (errno != EINTR) return WriteError("write", errno);
  }
}

absl::Status DescriptorSegment::Sync() {
  while (fdatasync(fd_.get()) != 0) {
    if (errno != EINTR) return WriteError("fdatasync", errno);
  }
  return absl::OkStatus();
}

absl::StatusOr<uint64_t> DescriptorSegment::Size() const {
  struct stat info;
  if (fstat(fd_.get(), &info) != 0) {
    return absl::UnavailableError(
        absl::StrCat("the audit log: fstat: ", strerror(errno)));
  }
  return static_cast<uint64_t>(info.st_size);
}

absl::StatusOr<size_t> DescriptorSegment::ReadAt(uint64_t offset,
                                                 absl::Span<char> to) const {
  while (true) {
    const ssize_t got =
        pread(fd_.get(), to.data(), to.size(), static_cast<off_t>(offset));
    if (got >= 0) return static_cast<size_t>(got);
    if (errno != EINTR) {
      return absl::UnavailableError(
          absl::StrCat("the audit log: pread: ", strerror(errno)));
    }
  }
}

}  // namespace keyhold
