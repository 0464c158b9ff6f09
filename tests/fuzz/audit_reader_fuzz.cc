// The reader of audit logs: a file that somebody may have tampered with. Also
// that a start which finds such a file closes its end, and changes nothing.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "signer_service/audit/parsed_record.h"
#include "signer_service/audit/segment_scan.h"
#include "signer_service/audit/segment_writer.h"

namespace {

using namespace keyhold;  // NOLINT: a program of its own

class MemorySegment final : public SegmentFile {
 public:
  explicit MemorySegment(std::string& content) : content_(content) {}

  absl::StatusOr<size_t> Append(absl::string_view bytes) override {
    content_.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  absl::Status Sync() override { return absl::OkStatus(); }
  absl::StatusOr<uint64_t> Size() const override { return content_.size(); }
  absl::StatusOr<size_t> ReadAt(uint64_t offset,
                                absl::Span<char> to) const override {
    if (offset >= content_.size()) return 0;
    const size_t size = std::min<size_t>(to.size(), content_.size() - offset);
    std::memcpy(to.data(), content_.data() + offset, size);
    return size;
  }

 private:
  std::string& content_;
};

struct Seen {
  std::vector<std::string> faults;
  uint64_t records = 0;
  uint64_t recovered = 0;
  AuditHead head;
  std::optional<TornTail> torn;
  bool lacks_line_end = false;
};

// What the line says of itself is the line.
void CheckRecord(const ParsedRecord& record, absl::string_view line) {
  const std::string again = absl::StrCat(
      record.chained_text(), ",\"chain\":\"",
      absl::BytesToHexString(AuditHashBytes(record.chain())), "\"}");
  if (again != line || record.sequence() == 0) abort();
  (void)record.Time();
  (void)record.Text("identity");
  (void)record.Hex("spki_sha256");
  (void)record.Number("claimed_uid");
}

Seen Read(const MemorySegment& segment) {
  Seen seen;
  SegmentScan::Callbacks callbacks;
  callbacks.on_record = [&](const ParsedRecord& record,
                            absl::string_view line) {
    CheckRecord(record, line);
    ++seen.records;
  };
  callbacks.on_fault = [&](AuditFault fault) {
    if (fault.message.empty()) abort();
    seen.faults.push_back(std::move(fault.message));
  };
  SegmentScan scan(std::move(callbacks));
  if (!scan.Read(segment).ok()) abort();
  seen.recovered = scan.recovered();
  seen.head = scan.head();
  seen.torn = scan.torn();
  seen.lacks_line_end = scan.lacks_line_end();
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string content(reinterpret_cast<const char*>(data), size);
  const std::string before = content;
  const Seen first = Read(MemorySegment(content));
  // Numbers end somewhere.
  if (first.head.sequence > UINT64_MAX - 2) return 0;

  SegmentWriter writer(std::make_unique<MemorySegment>(content), content.size(),
                       first.head, nullptr, AuditOptions());
  if (first.lacks_line_end) writer.AddLineEnd();
  if (first.torn.has_value()) {
    writer.AddRecovered(*first.torn, absl::UnixEpoch());
  } else if (content.empty()) {
    writer.AddSegmentBegin(absl::UnixEpoch());
  }
  writer.Add(",\"event\":\"start\"");
  if (!writer.Flush().ok()) abort();

  if (!absl::StartsWith(content, before)) abort();
  const Seen second = Read(MemorySegment(content));
  if (second.torn.has_value() || second.faults != first.faults ||
      second.head.sequence != writer.written_head().sequence ||
      second.head.hash != writer.written_head().hash ||
      second.recovered != first.recovered + (first.torn.has_value() ? 1 : 0)) {
    abort();
  }
  return 0;
}
