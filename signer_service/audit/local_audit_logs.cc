#include "signer_service/audit/local_audit_logs.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "signer_service/audit/directory_segments.h"
#include "signer_service/audit/segment_folder.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

constexpr size_t kMaxKeyFileBytes = 65536;

absl::StatusOr<std::unique_ptr<SegmentSource>> OpenSegments(
    const AuditSettings& settings, absl::string_view log,
    DirectorySegments::Options options) {
  RETURN_IF_ERROR(SegmentFolder::OpenOrMake(settings.directory).status());
  return DirectorySegments::Open(absl::StrCat(settings.directory, "/", log),
                                 options);
}

absl::Status KeyFileError(absl::string_view path, absl::string_view what) {
  return absl::FailedPreconditionError(
      absl::StrCat("the audit key: ", path, ": ", what));
}

}  // namespace

AuditOptions SignaturesOptions(const AuditSettings& settings,
                               OnAuditNotice on_notice) {
  AuditOptions options;
  options.log = kSignaturesLog;
  options.sync = settings.sync;
  options.when_full = settings.when_full;
  options.segment_bytes = settings.segment_bytes;
  options.on_notice = std::move(on_notice);
  return options;
}

AuditOptions RefusalsOptions(const AuditSettings& settings,
                             OnAuditNotice on_notice) {
  AuditOptions options;
  options.log = kRefusalsLog;
  // Whoever is refused must not be able to stop those who are not.
  options.when_full = AuditWhenFull::kContinue;
  options.segment_bytes = RefusalsSegmentBytes(settings);
  options.may_exceed_segment = false;
  options.on_notice = std::move(on_notice);
  return options;
}

absl::StatusOr<std::unique_ptr<SegmentSource>> SignaturesSegments(
    const AuditSettings& settings) {
  return OpenSegments(settings, kSignaturesLog, {settings.segment_bytes, 0});
}

absl::StatusOr<std::unique_ptr<SegmentSource>> RefusalsSegments(
    const AuditSettings& settings) {
  return OpenSegments(
      settings, kRefusalsLog,
      {RefusalsSegmentBytes(settings), settings.refusals_max_bytes});
}

absl::StatusOr<AuditKey> ReadAuditKey(absl::string_view path) {
  const std::string name(path);
  const UniqueFd fd(open(name.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat info;
  if (!fd || fstat(fd.get(), &info) != 0) {
    return KeyFileError(path, strerror(errno));
  }
  if (!S_ISREG(info.st_mode) || info.st_size <= 0 ||
      static_cast<size_t>(info.st_size) > kMaxKeyFileBytes) {
    return KeyFileError(path, "is not a file of at most 65536 bytes");
  }
  ASSIGN_OR_RETURN(SecretBytes bytes, SecretBytes::OfSize(info.st_size));
  size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got =
        read(fd.get(), bytes.data() + filled, bytes.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return KeyFileError(path, "cannot be read");
    filled += static_cast<size_t>(got);
  }
  absl::StatusOr<AuditKey> key = AuditKey::Parse(bytes);
  if (!key.ok()) return KeyFileError(path, key.status().message());
  return key;
}

absl::StatusOr<std::unique_ptr<AuditLog>> OpenSignaturesLog(
    const AuditSettings& settings, OnAuditNotice on_notice) {
  ASSIGN_OR_RETURN(AuditKey key, ReadAuditKey(settings.key_file));
  ASSIGN_OR_RETURN(std::unique_ptr<SegmentSource> segments,
                   SignaturesSegments(settings));
  return AuditLog::Open(std::move(segments), std::move(key),
                        SignaturesOptions(settings, std::move(on_notice)));
}

absl::StatusOr<std::unique_ptr<AuditLog>> OpenRefusalsLog(
    const AuditSettings& settings, OnAuditNotice on_notice) {
  ASSIGN_OR_RETURN(std::unique_ptr<SegmentSource> segments,
                   RefusalsSegments(settings));
  return AuditLog::Open(std::move(segments), std::nullopt,
                        RefusalsOptions(settings, std::move(on_notice)));
}

}  // namespace keyhold
