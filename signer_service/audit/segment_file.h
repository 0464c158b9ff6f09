// One file of an audit log: written at its end only, and readable.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_SEGMENT_FILE_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_SEGMENT_FILE_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Appending is for one thread at a time.
class SegmentFile {
 public:
  virtual ~SegmentFile() = default;

  // Returns how many of the bytes were written: perhaps not all, at least one.
  // ResourceExhausted: there is no room (disk full, quota, the process's limit
  // of a file's size). Unavailable: any other failure.
  virtual absl::StatusOr<size_t> Append(absl::string_view bytes) = 0;
  // Waits until what was written would survive a loss of power.
  virtual absl::Status Sync() = 0;

  virtual absl::StatusOr<uint64_t> Size() const = 0;
  // Fills as much of `to` as there is from `offset` on; 0 at the end.
  virtual absl::StatusOr<size_t> ReadAt(uint64_t offset,
                                        absl::Span<char> to) const = 0;
};

// A descriptor that is open with O_APPEND and for reading, or only for reading.
// Needs no file system: write, pread, fstat and fdatasync are all that it
// calls. A process that has a limit of a file's size ignores SIGXFSZ.
class DescriptorSegment final : public SegmentFile {
 public:
  explicit DescriptorSegment(UniqueFd fd) : fd_(std::move(fd)) {}

  absl::StatusOr<size_t> Append(absl::string_view bytes) override;
  absl::Status Sync() override;
  absl::StatusOr<uint64_t> Size() const override;
  absl::StatusOr<size_t> ReadAt(uint64_t offset,
                                absl::Span<char> to) const override;

 private:
  const UniqueFd fd_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_SEGMENT_FILE_H_
