// The segments of one audit log as files of a folder: 00000001.jsonl and so on.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_SEGMENT_FOLDER_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_SEGMENT_FOLDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

struct SegmentName {
  // From 1.
  uint32_t number;
  // In bytes. An allocated segment that holds nothing yet has 0.
  uint64_t size;
};

// An open folder. All files are opened beneath it, no symbolic links followed.
// Not thread-safe.
class SegmentFolder {
 public:
  // NotFound, PermissionDenied and so on, with the path.
  static absl::StatusOr<SegmentFolder> Open(absl::string_view path);
  // The same; makes the folder (0700) if its parent exists and it does not.
  static absl::StatusOr<SegmentFolder> OpenOrMake(absl::string_view path);

  // "00000017.jsonl".
  static std::string FileName(uint32_t number);

  // By number; other files are not looked at.
  absl::StatusOr<std::vector<SegmentName>> List() const;
  absl::StatusOr<UniqueFd> OpenToRead(uint32_t number) const;
  absl::StatusOr<UniqueFd> OpenToAppend(uint32_t number) const;
  // A new file (0640) with room for so many bytes reserved, if the file
  // system can. ResourceExhausted, and no file: no room.
  absl::StatusOr<UniqueFd> Create(uint32_t number, uint64_t bytes) const;
  absl::Status Remove(uint32_t number) const;

  // Held until the folder is closed. FailedPrecondition: another process
  // writes this log.
  absl::Status LockForWriting() const;

  const std::string& path() const { return path_; }

 private:
  SegmentFolder(std::string path, UniqueFd fd)
      : path_(std::move(path)), fd_(std::move(fd)) {}

  absl::StatusOr<UniqueFd> OpenFile(uint32_t number, int flags) const;

  std::string path_;
  UniqueFd fd_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_SEGMENT_FOLDER_H_
