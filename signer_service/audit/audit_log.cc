#include "signer_service/audit/audit_log.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "signer_service/audit/audit_errors.h"
#include "signer_service/audit/log_recovery.h"
#include "signer_service/audit/record_text.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

// While the disk is full.
constexpr absl::Duration kTryAgain = absl::Seconds(1);
// What is written at once, at most: bounds the buffer.
constexpr size_t kMaxWriteBytes = size_t{1} << 20;
// What Seal adds to a body.
constexpr size_t kSealBytes = 128;
// Room at a segment's end for its last checkpoint.
constexpr size_t kCheckpointBytes = 512;

std::string EventBody(absl::string_view event) {
  std::string body;
  AppendAuditTime(body, "time", absl::Now());
  AppendAuditText(body, "event", event);
  return body;
}

}  // namespace

absl::StatusOr<std::unique_ptr<AuditLog>> AuditLog::Open(
    std::unique_ptr<SegmentSource> source, std::optional<AuditKey> key,
    AuditOptions options) {
  std::unique_ptr<AuditLog> log(
      new AuditLog(std::move(source), std::move(key), std::move(options)));
  RETURN_IF_ERROR(log->Begin());
  return log;
}

AuditLog::AuditLog(std::unique_ptr<SegmentSource> source,
                   std::optional<AuditKey> key, AuditOptions options)
    : options_(std::move(options)),
      source_(std::move(source)),
      key_(std::move(key)),
      queue_([this] {
        const bool known = stalled_.exchange(true);
        // In case the write has just ended.
        queue_.Wake();
        if (known) return;
        Notify(AuditNotice::Kind::kStalled,
               "writing the audit log takes longer than requests may wait; "
               "they are refused until it goes on");
      }) {}

AuditLog::~AuditLog() {
  queue_.Close();
  if (thread_.joinable()) thread_.join();
}

absl::Status AuditLog::Begin() {
  ASSIGN_OR_RETURN(
      RecoveredLog found, RecoverLog(*source_, [this](const AuditFault& fault) {
        Notify(AuditNotice::Kind::kFaulty,
               absl::StrCat("the audit log was changed: ", fault.message,
                            "; `keyhold audit verify` shows all"));
      }));
  writer_ = std::make_unique<SegmentWriter>(
      std::move(found.current), found.current_bytes, found.head,
      key_.has_value() ? &*key_ : nullptr, options_);
  if (found.lacks_line_end) writer_->AddLineEnd();
  if (found.torn.has_value()) {
    writer_->AddRecovered(*found.torn, absl::Now());
    Notify(AuditNotice::Kind::kRecovered,
           absl::StrCat("the audit log ended in ", found.torn->size,
                        " bytes of a record that was not finished; they stay, "
                        "and a record says so"),
           writer_->sealed_head());
  } else if (found.current_bytes == 0) {
    writer_->AddSegmentBegin(absl::Now());
  }
  writer_->Add(EventBody("start"));
  since_checkpoint_ = 1;
  absl::Status flushed = CheckpointIfDue(true);
  if (flushed.ok()) flushed = writer_->Flush();
  if (flushed.ok()) {
    OnFlushed();
  } else {
    (void)OnFailed(flushed);
  }
  SpareSegment::Callbacks callbacks;
  callbacks.on_ready = [this] { queue_.Wake(); };
  callbacks.on_failed = [this](const absl::Status& status) {
    Notify(AuditNotice::Kind::kNoSpare,
           absl::StrCat("the next segment of the audit log cannot be "
                        "allocated: ",
                        status.message(), "; make room on its disk"));
  };
  spare_ = std::make_unique<SpareSegment>(*source_, std::move(callbacks));
  thread_ = std::thread([this] { Work(); });
  return absl::OkStatus();
}

absl::Status AuditLog::Admit() const {
  if (stalled_.load(std::memory_order_relaxed)) return AuditStalledError();
  if (state_.load(std::memory_order_relaxed) == State::kBlocked) {
    return AuditBlockedError();
  }
  return absl::OkStatus();
}

void AuditLog::Append(AuditBatch records, absl::Time deadline, Done done) {
  const absl::Status admitted = Admit();
  if (!admitted.ok()) {
    std::move(done)(admitted);
    return;
  }
  queue_.Push(std::move(records), deadline, std::move(done));
}

AuditHead AuditLog::head() const {
  absl::MutexLock lock(&head_mutex_);
  return head_;
}

void AuditLog::Work() {
  bool closed = false;
  while (!closed) {
    const std::vector<const AuditBatch*> batches = queue_.Take(NextWakeUp());
    // Asked after Take: what is in the queue when it is closed is written.
    closed = queue_.closed();
    if (state_ != State::kWritable) TryAgain();
    queue_.Answer(Write(batches));
  }
  // What was pushed between Take and Close.
  queue_.Answer(Write(queue_.Take(absl::InfinitePast())));
  End();
}

absl::Time AuditLog::NextWakeUp() const {
  return state_ == State::kWritable ? checkpoint_due_ : absl::Now() + kTryAgain;
}

void AuditLog::TryAgain() {
  absl::Status status = writer_->Flush();
  if (status.ok()) status = MakeRoom(kMaxAuditLineBytes);
  if (status.ok() && gap_.count > 0) {
    std::string body;
    AppendAuditTime(body, "time", absl::Now());
    AppendAuditText(body, "event", "gap");
    AppendAuditNumber(body, "missing", gap_.count);
    AppendAuditTime(body, "from", gap_.from);
    AppendAuditTime(body, "to", gap_.to);
    writer_->Add(body);
    gap_ = Gap();
    status = writer_->Flush();
  }
  if (!status.ok()) return;
  OnFlushed();
  state_ = State::kWritable;
  Notify(AuditNotice::Kind::kWritable, "the audit log can be written again",
         writer_->written_head());
}

absl::Status AuditLog::Write(const std::vector<const AuditBatch*>& batches) {
  if (state_ == State::kBlocked) return AuditBlockedError();
  if (state_ == State::kLosing) {
    for (const AuditBatch* batch : batches) CountMissing(batch->size());
    return absl::OkStatus();
  }
  absl::Status status;
  for (size_t i = 0; i < batches.size(); ++i) {
    if (status.ok()) status = WriteBatch(*batches[i]);
    // Those before stay sealed, and are written when there is room.
    if (!status.ok()) CountMissing(batches[i]->size());
  }
  if (status.ok()) status = CheckpointIfDue(false);
  if (status.ok()) status = writer_->Flush();
  if (!status.ok()) return OnFailed(status);
  OnFlushed();
  return absl::OkStatus();
}

absl::Status AuditLog::WriteBatch(const AuditBatch& batch) {
  RETURN_IF_ERROR(MakeRoom(batch.bytes() + batch.size() * kSealBytes));
  if (writer_->buffered_bytes() > kMaxWriteBytes) {
    RETURN_IF_ERROR(writer_->Flush());
  }
  for (size_t i = 0; i < batch.size(); ++i) writer_->Add(batch.body(i));
  if (since_checkpoint_ == 0 && !batch.empty()) {
    checkpoint_due_ = absl::Now() + options_.checkpoint_interval;
  }
  since_checkpoint_ += batch.size();
  return absl::OkStatus();
}

absl::Status AuditLog::MakeRoom(uint64_t bytes) {
  if (!writer_->IsFullWith(bytes + kCheckpointBytes)) return absl::OkStatus();
  if (!spare_->ready()) {
    if (options_.may_exceed_segment) return absl::OkStatus();
    return absl::ResourceExhaustedError(
        "the audit log's segment is full, and there is no other yet");
  }
  RETURN_IF_ERROR(CheckpointIfDue(true));
  RETURN_IF_ERROR(writer_->Flush());
  writer_->Rotate(spare_->Take(), absl::Now());
  ++since_checkpoint_;
  return absl::OkStatus();
}

absl::Status AuditLog::CheckpointIfDue(bool now) {
  if (since_checkpoint_ == 0) return absl::OkStatus();
  if (!now && since_checkpoint_ < options_.checkpoint_records &&
      absl::Now() < checkpoint_due_) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(writer_->AddCheckpoint(absl::Now()));
  since_checkpoint_ = 0;
  checkpoint_due_ = absl::InfiniteFuture();
  checkpoint_sealed_ = true;
  return absl::OkStatus();
}

void AuditLog::End() {
  if (state_ != State::kWritable) TryAgain();
  if (state_ != State::kWritable) return;
  writer_->Add(EventBody("stop"));
  ++since_checkpoint_;
  absl::Status status = CheckpointIfDue(true);
  if (status.ok()) status = writer_->Flush();
  if (status.ok()) {
    OnFlushed();
  } else {
    (void)OnFailed(status);
  }
}

void AuditLog::OnFlushed() {
  {
    absl::MutexLock lock(&head_mutex_);
    head_ = writer_->written_head();
  }
  if (stalled_.exchange(false)) {
    Notify(AuditNotice::Kind::kWritable, "writing the audit log goes on",
           writer_->written_head());
  }
  if (std::exchange(checkpoint_sealed_, false)) {
    Notify(AuditNotice::Kind::kCheckpoint, "", writer_->written_head());
  }
}

absl::Status AuditLog::OnFailed(const absl::Status& status) {
  const bool block = options_.when_full == AuditWhenFull::kBlock;
  state_ = block ? State::kBlocked : State::kLosing;
  Notify(block ? AuditNotice::Kind::kBlocked : AuditNotice::Kind::kLosing,
         absl::StrCat(status.message(),
                      block ? "; NOTHING IS SIGNED until it can be written"
                            : "; signatures are made WITHOUT RECORDS until it "
                              "can be written, and counted"));
  return block ? AuditBlockedError() : absl::OkStatus();
}

void AuditLog::CountMissing(uint64_t records) {
  if (options_.when_full == AuditWhenFull::kBlock || records == 0) return;
  const absl::Time now = absl::Now();
  if (gap_.count == 0) gap_.from = now;
  gap_.to = now;
  gap_.count += records;
  missing_total_ += records;
}

void AuditLog::Notify(AuditNotice::Kind kind, std::string message,
                      AuditHead head) const {
  if (!options_.on_notice) return;
  options_.on_notice({kind, options_.log, std::move(message), head});
}

}  // namespace keyhold
