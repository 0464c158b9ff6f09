// Where an audit log gets its files from.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_SEGMENT_SOURCE_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_SEGMENT_SOURCE_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "signer_service/audit/segment_file.h"

namespace keyhold {

// A process that may open files makes them itself (DirectorySegments); one
// that may not has them handed over as descriptors.
//
// Existing is called once, first; then Allocate, from one thread at a time.
class SegmentSource {
 public:
  virtual ~SegmentSource() = default;

  // The newest segments that hold anything, oldest first, at most two: where
  // the newest one holds no whole record, the one before it has the last.
  virtual absl::StatusOr<std::vector<std::unique_ptr<SegmentFile>>>
  Existing() = 0;

  // The next segment: empty, its room on the disk reserved. May block; is
  // called from a thread on which nothing waits. ResourceExhausted: no room.
  virtual absl::StatusOr<std::unique_ptr<SegmentFile>> Allocate() = 0;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_SEGMENT_SOURCE_H_
