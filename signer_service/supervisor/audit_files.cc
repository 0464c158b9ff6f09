#include "signer_service/supervisor/audit_files.h"

#include <errno.h>
#include <fcntl.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "signer_service/audit/segment_folder.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

absl::StatusOr<AuditFiles> AuditFiles::OpenSignatures(
    const AuditSettings& settings) {
  AuditFiles files;
  files.start_.set_sync_batch(settings.sync == AuditSync::kBatch);
  files.start_.set_continue_when_full(settings.when_full ==
                                      AuditWhenFull::kContinue);
  files.start_.set_segment_bytes(settings.segment_bytes);
  UniqueFd key(open(settings.key_file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!key) {
    return absl::ErrnoToStatus(
        errno, absl::StrCat("the audit key: ", settings.key_file));
  }
  files.descriptors_.push_back(std::move(key));
  RETURN_IF_ERROR(files.OpenSegments(settings, kSignaturesLog,
                                     {settings.segment_bytes, 0}));
  return files;
}

absl::StatusOr<AuditFiles> AuditFiles::OpenRefusals(
    const AuditSettings& settings) {
  AuditFiles files;
  RETURN_IF_ERROR(files.OpenSegments(
      settings, kRefusalsLog,
      {RefusalsSegmentBytes(settings), settings.refusals_max_bytes}));
  return files;
}

absl::Status AuditFiles::OpenSegments(const AuditSettings& settings,
                                      absl::string_view log,
                                      DirectorySegments::Options options) {
  RETURN_IF_ERROR(SegmentFolder::OpenOrMake(settings.directory).status());
  ASSIGN_OR_RETURN(segments_,
                   DirectorySegments::Open(
                       absl::StrCat(settings.directory, "/", log), options));
  ASSIGN_OR_RETURN(std::vector<UniqueFd> existing,
                   segments_->ExistingDescriptors());
  for (UniqueFd& segment : existing) {
    descriptors_.push_back(std::move(segment));
  }
  ASSIGN_OR_RETURN(UniqueFd empty, segments_->AllocateDescriptor());
  descriptors_.push_back(std::move(empty));
  return absl::OkStatus();
}

}  // namespace keyhold
