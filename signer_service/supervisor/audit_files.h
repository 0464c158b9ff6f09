// The files of an audit log, opened for the process that writes it.
#ifndef KEYHOLD_SIGNER_SERVICE_SUPERVISOR_AUDIT_FILES_H_
#define KEYHOLD_SIGNER_SERVICE_SUPERVISOR_AUDIT_FILES_H_

#include <memory>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "keyhold/processes/v1/control.pb.h"
#include "signer_service/audit/audit_settings.h"
#include "signer_service/audit/directory_segments.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {

// For one vault or front; the next one has files of its own. While it lives
// nobody else writes this log. Movable; not thread-safe.
class AuditFiles {
 public:
  // Errors as DirectorySegments::Open, of opening the key's file, and
  // ResourceExhausted: no room for a segment.
  static absl::StatusOr<AuditFiles> OpenSignatures(
      const AuditSettings& settings);
  static absl::StatusOr<AuditFiles> OpenRefusals(const AuditSettings& settings);

  // Of signatures.
  const processes::v1::AuditStart& start() const { return start_; }
  // See AuditStart; of refusals: without the key.
  const std::vector<UniqueFd>& descriptors() const { return descriptors_; }

  absl::StatusOr<UniqueFd> NextSegment() {
    return segments_->AllocateDescriptor();
  }

 private:
  AuditFiles() = default;

  absl::Status OpenSegments(const AuditSettings& settings,
                            absl::string_view log,
                            DirectorySegments::Options options);

  processes::v1::AuditStart start_;
  std::vector<UniqueFd> descriptors_;
  std::unique_ptr<DirectorySegments> segments_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_SUPERVISOR_AUDIT_FILES_H_
