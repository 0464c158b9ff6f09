// A SegmentSource for a process that may open files.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_DIRECTORY_SEGMENTS_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_DIRECTORY_SEGMENTS_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "signer_service/audit/segment_folder.h"
#include "signer_service/audit/segment_source.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// Numbers the files 1, 2, …. A segment that was allocated and never used is
// used at the next start.
class DirectorySegments final : public SegmentSource {
 public:
  struct Options {
    uint64_t segment_bytes = uint64_t{32} << 20;
    // Before one is allocated the oldest are removed, so that all together
    // take at most so many bytes: at least twice segment_bytes. 0: none is
    // ever removed. The newest that holds anything always stays.
    uint64_t max_bytes = 0;
  };

  // Makes the folder if need be. FailedPrecondition: another process has it.
  static absl::StatusOr<std::unique_ptr<DirectorySegments>> Open(
      absl::string_view path, Options options);

  absl::StatusOr<std::vector<std::unique_ptr<SegmentFile>>> Existing() override;
  absl::StatusOr<std::unique_ptr<SegmentFile>> Allocate() override;

  // The same as descriptors, for a process that hands them over.
  absl::StatusOr<std::vector<UniqueFd>> ExistingDescriptors();
  absl::StatusOr<UniqueFd> AllocateDescriptor();

 private:
  DirectorySegments(SegmentFolder folder, Options options)
      : folder_(std::move(folder)), options_(options) {}

  absl::Status RemoveOldest();

  const SegmentFolder folder_;
  const Options options_;
  // Whether this object has allocated one: then an empty file may be in use.
  bool allocated_ = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_DIRECTORY_SEGMENTS_H_
