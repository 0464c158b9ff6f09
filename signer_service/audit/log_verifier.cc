#include "signer_service/audit/log_verifier.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "signer_service/audit/audit_options.h"
#include "signer_service/audit/checkpoint_text.h"
#include "signer_service/audit/segment_folder.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

// Follows the records of one log.
class Verifier {
 public:
  explicit Verifier(const AuditVerifyOptions& options)
      : options_(options), scan_(MakeCallbacks()) {}

  absl::Status Read(const SegmentFolder& folder, const SegmentName& name) {
    if (last_number_ != 0 && name.number != last_number_ + 1) {
      Fault(AuditFault::Kind::kMissingSegment, scan_.head().sequence,
            absl::StrCat("between ", SegmentFolder::FileName(last_number_),
                         " and ", SegmentFolder::FileName(name.number),
                         " files are missing"));
    }
    last_number_ = name.number;
    // Allocated, and not used yet.
    if (name.size == 0) return absl::OkStatus();
    ++verdict_.segments;
    ASSIGN_OR_RETURN(UniqueFd fd, folder.OpenToRead(name.number));
    return scan_.Read(DescriptorSegment(std::move(fd)));
  }

  AuditVerdict Finish() {
    if (const std::optional<TornTail> torn = scan_.torn()) {
      Fault(AuditFault::Kind::kTorn, scan_.head().sequence,
            absl::StrCat("the log ends in ", torn->size,
                         " bytes that are no record: the signer ended within "
                         "a write, and its next start will say so; or it is "
                         "writing just now: try again"));
    }
    CheckUncovered();
    CheckHead();
    verdict_.first_sequence = scan_.first_sequence();
    verdict_.last = scan_.head();
    verdict_.recovered = scan_.recovered();
    return std::move(verdict_);
  }

 private:
  SegmentScan::Callbacks MakeCallbacks() {
    SegmentScan::Callbacks callbacks;
    callbacks.on_record = [this](const ParsedRecord& record,
                                 absl::string_view line) {
      OnRecord(record, line);
    };
    callbacks.on_fault = [this](AuditFault fault) {
      verdict_.faults.push_back(std::move(fault));
    };
    return callbacks;
  }

  void Fault(AuditFault::Kind kind, uint64_t sequence, std::string message) {
    verdict_.faults.push_back({kind, sequence, std::move(message)});
  }

  void OnRecord(const ParsedRecord& record, absl::string_view line) {
    ++verdict_.records;
    if (record.event() == "segment") verdict_.log = record.Text("log");
    if (record.event() == "gap") {
      verdict_.missing += record.Number("missing").value_or(0);
    }
    if (record.event() == kCheckpointEvent) {
      CheckCheckpoint(record);
    } else {
      ++uncovered_;
    }
    if (options_.head.has_value() &&
        options_.head->sequence == record.sequence()) {
      head_found_ = options_.head->hash == record.chain();
    }
    previous_ = {record.sequence(), record.chain()};
    if (options_.on_record) options_.on_record(record, line);
  }

  void CheckCheckpoint(const ParsedRecord& record) {
    if (!options_.key.has_value()) {
      ++verdict_.checkpoints_unchecked;
      uncovered_ = 0;
      return;
    }
    const std::string log = record.Text("log");
    if (verdict_.log.empty()) verdict_.log = log;
    const absl::Status signature = options_.key->Verify(
        SignatureScheme::kEd25519, CheckpointText(log, previous_),
        record.Hex("signature").value_or(""));
    if (!signature.ok() || log != verdict_.log) {
      Fault(AuditFault::Kind::kBadCheckpoint, record.sequence(),
            absl::StrCat("the checkpoint in record ", record.sequence(),
                         " has no signature of the audit key: it was changed, "
                         "or another key made it"));
      return;
    }
    CheckUncovered();
    uncovered_ = 0;
    ++verdict_.checkpoints;
    verdict_.signed_up_to = previous_.sequence;
  }

  // A writer without the key cannot make checkpoints, and so betrays itself.
  void CheckUncovered() {
    if (verdict_.log == "refusals" ||
        uncovered_ <= kMaxRecordsBetweenCheckpoints) {
      return;
    }
    Fault(AuditFault::Kind::kNoCheckpoint, previous_.sequence,
          absl::StrCat(uncovered_, " records up to record ", previous_.sequence,
                       " have no checkpoint; a signer writes one after at "
                       "most ",
                       kMaxRecordsBetweenCheckpoints));
  }

  void CheckHead() {
    if (!options_.head.has_value()) return;
    const uint64_t sequence = options_.head->sequence;
    if (!head_found_.has_value()) {
      Fault(AuditFault::Kind::kWrongHead, sequence,
            sequence > previous_.sequence
                ? absl::StrCat("the log ends with record ", previous_.sequence,
                               ", before the head's record ", sequence,
                               ": its end was removed")
                : absl::StrCat("the head's record ", sequence,
                               " is not in the log"));
    } else if (!*head_found_) {
      Fault(AuditFault::Kind::kWrongHead, sequence,
            absl::StrCat("record ", sequence,
                         " has another hash than the head that was kept: the "
                         "log was written anew"));
    }
  }

  const AuditVerifyOptions& options_;
  AuditVerdict verdict_;
  SegmentScan scan_;
  AuditHead previous_;
  uint32_t last_number_ = 0;
  // Records since the last checkpoint.
  uint64_t uncovered_ = 0;
  std::optional<bool> head_found_;
};

}  // namespace

absl::StatusOr<AuditVerdict> VerifyAuditLog(absl::string_view folder_path,
                                            const AuditVerifyOptions& options) {
  ASSIGN_OR_RETURN(const SegmentFolder folder,
                   SegmentFolder::Open(folder_path));
  ASSIGN_OR_RETURN(const std::vector<SegmentName> names, folder.List());
  if (names.empty()) {
    return absl::NotFoundError(absl::StrCat(
        folder_path, ": holds no segment of an audit log (00000001.jsonl …)"));
  }
  Verifier verifier(options);
  for (const SegmentName& name : names) {
    RETURN_IF_ERROR(verifier.Read(folder, name));
  }
  return verifier.Finish();
}

absl::StatusOr<AuditHead> ParseAuditHead(absl::string_view text) {
  AuditHead head;
  const size_t colon = text.find(':');
  const absl::string_view hash =
      colon == absl::string_view::npos ? "" : text.substr(colon + 1);
  constexpr absl::string_view kHexDigits = "0123456789abcdef";
  if (!absl::SimpleAtoi(text.substr(0, colon), &head.sequence) ||
      hash.size() != 2 * head.hash.size() ||
      hash.find_first_not_of(kHexDigits) != absl::string_view::npos) {
    return absl::InvalidArgumentError(absl::StrCat(
        "\"", absl::CHexEscape(text),
        "\" is no head; expected SEQ:HASH, a number and 64 hexadecimal "
        "digits, as the signer's log has it in audit_checkpoint"));
  }
  absl::HexStringToBytes(hash).copy(reinterpret_cast<char*>(head.hash.data()),
                                    head.hash.size());
  return head;
}

}  // namespace keyhold
