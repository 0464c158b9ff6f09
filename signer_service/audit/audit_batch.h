// Records that are written together.
#ifndef KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_BATCH_H_
#define KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_BATCH_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "signer_service/audit/audit_record.h"

namespace keyhold {

// Formatted by whoever adds them, so that the log's one writer need not. Not
// thread-safe.
class AuditBatch {
 public:
  AuditBatch() = default;
  // With room for so many records of the usual size.
  explicit AuditBatch(size_t records) {
    text_.reserve(records * kUsualBytes);
    ends_.reserve(records);
  }

  void Add(const AuditRecord& record) {
    AppendAuditBody(record, text_);
    ends_.push_back(text_.size());
  }

  // See AppendAuditSubject.
  void Add(absl::Time time, absl::string_view subject,
           absl::string_view outcome, absl::string_view reason) {
    AppendAuditBody(time, subject, outcome, reason, text_);
    ends_.push_back(text_.size());
  }

  // What has another form: fields, a comma in front.
  void AddBody(absl::string_view body) {
    text_.append(body.data(), body.size());
    ends_.push_back(text_.size());
  }

  size_t size() const { return ends_.size(); }
  bool empty() const { return ends_.empty(); }
  // Of all bodies together.
  size_t bytes() const { return text_.size(); }
  // What HashChain::Seal takes.
  absl::string_view body(size_t index) const {
    const size_t begin = index == 0 ? 0 : ends_[index - 1];
    return absl::string_view(text_).substr(begin, ends_[index] - begin);
  }

 private:
  static constexpr size_t kUsualBytes = 448;

  std::string text_;
  std::vector<size_t> ends_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_AUDIT_AUDIT_BATCH_H_
