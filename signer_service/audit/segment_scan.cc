#include "signer_service/audit/segment_scan.h"

#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "openssl/evp.h"
#include "signer_service/audit/record_text.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

constexpr size_t kReadBytes = 4 * kMaxAuditLineBytes;

bool BeginsSegment(const ParsedRecord& record) {
  return record.event() == "segment" || record.event() == "recovered";
}

}  // namespace

// The bytes since the last record. A `recovered` record's writer ends the last
// of these lines if it has to, so the hash is needed with and without that end.
class SegmentScan::Torn {
 public:
  explicit Torn(uint64_t offset) : offset_(offset), context_(EVP_MD_CTX_new()) {
    if (context_ == nullptr ||
        EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
      std::abort();
    }
  }

  void Add(absl::string_view line, bool ended) {
    if (ends_line_) Update("\n");
    Update(line);
    size_ += line.size() + (ended ? 1 : 0);
    ends_line_ = ended;
  }

  TornTail WithLineEnd() const { return Tail(ends_line_); }

  // Whether `record` answers for these bytes.
  bool IsAnsweredBy(const ParsedRecord& record) const {
    const std::optional<uint64_t> size = record.Number("torn_bytes");
    const std::optional<std::string> hash = record.Hex("torn_sha256");
    if (!size.has_value() || !hash.has_value()) return false;
    for (const bool with_end : {true, false}) {
      const TornTail tail = Tail(with_end && ends_line_);
      if (tail.size == *size && AuditHashBytes(tail.sha256) == *hash) {
        return true;
      }
    }
    return false;
  }

 private:
  void Update(absl::string_view bytes) {
    if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) {
      std::abort();
    }
  }

  TornTail Tail(bool with_end) const {
    TornTail tail;
    tail.offset = offset_;
    tail.size = size_ - (ends_line_ && !with_end ? 1 : 0);
    tail.ends_line = with_end;
    const EvpMdCtxPtr copy(EVP_MD_CTX_new());
    if (copy == nullptr ||
        EVP_MD_CTX_copy_ex(copy.get(), context_.get()) != 1 ||
        (with_end && EVP_DigestUpdate(copy.get(), "\n", 1) != 1) ||
        EVP_DigestFinal_ex(copy.get(), tail.sha256.data(), nullptr) != 1) {
      std::abort();
    }
    return tail;
  }

  uint64_t offset_;
  uint64_t size_ = 0;
  // Counted in size_, and not in the hash yet.
  bool ends_line_ = false;
  EvpMdCtxPtr context_;
};

SegmentScan::SegmentScan(Callbacks callbacks)
    : callbacks_(std::move(callbacks)) {}

SegmentScan::~SegmentScan() = default;

std::optional<TornTail> SegmentScan::torn() const {
  if (torn_ == nullptr) return std::nullopt;
  return torn_->WithLineEnd();
}

absl::Status SegmentScan::Read(const SegmentFile& segment) {
  if (torn_ != nullptr) {
    // Its writer would have closed it there.
    ReportUnanswered(*torn_, head_.sequence);
    torn_.reset();
  }
  lacks_line_end_ = false;
  std::vector<char> buffer(kReadBytes);
  // Of the buffer's first byte, and how much of it is filled.
  uint64_t offset = 0;
  size_t filled = 0;
  while (true) {
    ASSIGN_OR_RETURN(const size_t got,
                     segment.ReadAt(offset + filled,
                                    absl::MakeSpan(buffer).subspan(filled)));
    filled += got;
    absl::string_view rest(buffer.data(), filled);
    size_t end;
    while ((end = rest.find('\n')) != absl::string_view::npos) {
      OnLine(offset + (rest.data() - buffer.data()), rest.substr(0, end), true);
      rest.remove_prefix(end + 1);
    }
    // A writer makes no such line.
    if (got == 0 || rest.size() > kMaxAuditLineBytes) {
      const uint64_t at = offset + (rest.data() - buffer.data());
      lacks_line_end_ = got == 0 && ParsedRecord::Parse(rest).ok();
      if (!rest.empty()) OnLine(at, rest, lacks_line_end_);
      rest.remove_prefix(rest.size());
    }
    if (got == 0) return absl::OkStatus();
    offset += filled - rest.size();
    std::memmove(buffer.data(), rest.data(), rest.size());
    filled = rest.size();
  }
}

void SegmentScan::OnLine(uint64_t offset, absl::string_view line, bool ended) {
  absl::StatusOr<ParsedRecord> record =
      ended ? ParsedRecord::Parse(line) : absl::InvalidArgumentError("");
  if (!record.ok()) {
    if (torn_ == nullptr) torn_ = std::make_unique<Torn>(offset);
    torn_->Add(line, ended);
    return;
  }
  const bool follows = first_sequence_ != 0 || BeginWith(*record);
  CheckTorn(*record);
  if (follows) CheckSuccessor(*record);
  head_ = {record->sequence(), record->chain()};
  if (callbacks_.on_record) callbacks_.on_record(*record, line);
}

bool SegmentScan::BeginWith(const ParsedRecord& record) {
  first_sequence_ = record.sequence();
  // Torn bytes may have come before: of a log that has just begun.
  const std::optional<std::string> previous = record.Hex("previous");
  head_.sequence = record.sequence() - 1;
  if (BeginsSegment(record) && previous.has_value() &&
      previous->size() == head_.hash.size()) {
    previous->copy(reinterpret_cast<char*>(head_.hash.data()),
                   head_.hash.size());
    return true;
  }
  Fault(AuditFault::Kind::kMissing, record.sequence(),
        absl::StrCat("record ", record.sequence(),
                     " is the first one here and does not begin a segment: "
                     "those before it were removed"));
  return false;
}

void SegmentScan::CheckTorn(const ParsedRecord& record) {
  const std::unique_ptr<Torn> torn = std::move(torn_);
  const bool answers = record.event() == "recovered";
  if (torn == nullptr) {
    if (answers) {
      Fault(AuditFault::Kind::kMissing, record.sequence(),
            absl::StrCat("record ", record.sequence(),
                         " answers for torn bytes before it, and there are "
                         "none: they were removed"));
    }
    return;
  }
  if (answers && torn->IsAnsweredBy(record)) {
    ++recovered_;
    return;
  }
  ReportUnanswered(*torn, head_.sequence);
}

void SegmentScan::ReportUnanswered(const Torn& torn, uint64_t after) {
  const TornTail tail = torn.WithLineEnd();
  Fault(AuditFault::Kind::kNotARecord, after,
        absl::StrCat("after record ", after, " there are ", tail.size,
                     " bytes (from byte ", tail.offset,
                     " of the file) that are no record, and that no "
                     "`recovered` record answers for"));
}

void SegmentScan::CheckSuccessor(const ParsedRecord& record) {
  const uint64_t sequence = record.sequence();
  const uint64_t expected = head_.sequence + 1;
  if (sequence > expected) {
    Fault(AuditFault::Kind::kMissing, sequence,
          sequence == expected + 1
              ? absl::StrCat("record ", expected, " is missing")
              : absl::StrCat("records ", expected, " to ", sequence - 1,
                             " are missing"));
  } else if (sequence < expected) {
    Fault(AuditFault::Kind::kReordered, sequence,
          absl::StrCat("record ", sequence, " comes after record ",
                       head_.sequence));
  } else if (hasher_.HashOf(head_.hash, record.chained_text()) !=
             record.chain()) {
    Fault(AuditFault::Kind::kAltered, sequence,
          absl::StrCat("record ", sequence,
                       " does not fit the hash that it carries: it was "
                       "changed, or the hash of the record before it was"));
  }
}

void SegmentScan::Fault(AuditFault::Kind kind, uint64_t sequence,
                        std::string message) {
  if (callbacks_.on_fault) {
    callbacks_.on_fault({kind, sequence, std::move(message)});
  }
}

void AppendRecoveredBody(const TornTail& torn, const AuditHash& previous,
                         absl::Time time, std::string& out) {
  AppendAuditTime(out, "time", time);
  AppendAuditText(out, "event", "recovered");
  AppendAuditNumber(out, "torn_bytes", torn.size);
  AppendAuditHex(out, "torn_sha256", AuditHashBytes(torn.sha256));
  AppendAuditHex(out, "previous", AuditHashBytes(previous));
}

void AppendSegmentBody(absl::string_view log, const AuditHash& previous,
                       absl::Time time, std::string& out) {
  AppendAuditTime(out, "time", time);
  AppendAuditText(out, "event", "segment");
  AppendAuditText(out, "log", log);
  AppendAuditNumber(out, "version", 1);
  AppendAuditHex(out, "previous", AuditHashBytes(previous));
}

}  // namespace keyhold
