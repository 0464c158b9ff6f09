#include "signer_service/audit/segment_writer.h"

#include <utility>

#include "tls_lib/base/status_macros.h"

namespace keyhold {

SegmentWriter::SegmentWriter(std::unique_ptr<SegmentFile> current,
                             uint64_t current_bytes, AuditHead head,
                             const AuditKey* key, AuditOptions options)
    : key_(key),
      options_(std::move(options)),
      current_(std::move(current)),
      current_bytes_(current_bytes),
      chain_(head),
      written_head_(head) {}

void SegmentWriter::Add(absl::string_view body) { chain_.Seal(body, buffer_); }

absl::Status SegmentWriter::AddCheckpoint(absl::Time time) {
  if (key_ == nullptr) return absl::OkStatus();
  body_.clear();
  RETURN_IF_ERROR(
      key_->AppendCheckpointBody(options_.log, chain_.head(), time, body_));
  Add(body_);
  return absl::OkStatus();
}

void SegmentWriter::AddRecovered(const TornTail& torn, absl::Time time) {
  if (!torn.ends_line) buffer_.push_back('\n');
  body_.clear();
  AppendRecoveredBody(torn, chain_.head().hash, time, body_);
  Add(body_);
}

void SegmentWriter::AddSegmentBegin(absl::Time time) {
  body_.clear();
  AppendSegmentBody(options_.log, chain_.head().hash, time, body_);
  Add(body_);
}

absl::Status SegmentWriter::Flush() {
  absl::string_view rest = buffer_;
  absl::Status status;
  while (!rest.empty() && status.ok()) {
    const absl::StatusOr<size_t> written = current_->Append(rest);
    if (written.ok()) {
      rest.remove_prefix(*written);
      current_bytes_ += *written;
      unsynced_ = true;
    } else {
      status = written.status();
    }
  }
  buffer_.erase(0, buffer_.size() - rest.size());
  RETURN_IF_ERROR(status);
  if (options_.sync == AuditSync::kBatch && unsynced_) {
    RETURN_IF_ERROR(current_->Sync());
  }
  unsynced_ = false;
  written_head_ = chain_.head();
  return absl::OkStatus();
}

void SegmentWriter::Rotate(std::unique_ptr<SegmentFile> next, absl::Time time) {
  current_ = std::move(next);
  current_bytes_ = 0;
  AddSegmentBegin(time);
}

}  // namespace keyhold
