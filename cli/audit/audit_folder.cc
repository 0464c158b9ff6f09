#include "cli/audit/audit_folder.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "signer_service/audit/audit_settings.h"
#include "signer_service/audit/segment_folder.h"

namespace keyhold {
namespace {

bool HoldsSegments(const std::string& path) {
  const absl::StatusOr<SegmentFolder> folder = SegmentFolder::Open(path);
  if (!folder.ok()) return false;
  const auto names = folder->List();
  return names.ok() && !names->empty();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> FindAuditLogs(absl::string_view path,
                                                       absl::string_view log) {
  // Says that the folder does not exist, or may not be read.
  const absl::StatusOr<SegmentFolder> folder = SegmentFolder::Open(path);
  if (!folder.ok()) {
    return absl::FailedPreconditionError(folder.status().message());
  }
  std::vector<std::string> found;
  for (const char* name : {kSignaturesLog, kRefusalsLog}) {
    if (!log.empty() && log != name) continue;
    std::string inner = absl::StrCat(path, "/", name);
    if (HoldsSegments(inner)) found.push_back(std::move(inner));
  }
  if (found.empty() && HoldsSegments(std::string(path))) {
    found.emplace_back(path);
  }
  if (found.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, ": holds no audit log", log.empty() ? "" : " of ", log,
        "; expected the folder that signer.yaml calls audit.directory"));
  }
  return found;
}

}  // namespace keyhold
