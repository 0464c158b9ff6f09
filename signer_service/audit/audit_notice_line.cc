#include "signer_service/audit/audit_notice_line.h"

#include "absl/strings/string_view.h"

namespace keyhold {
namespace {

struct Form {
  absl::string_view event;
  LogLevel level;
};

Form FormOf(AuditNotice::Kind kind) {
  switch (kind) {
    case AuditNotice::Kind::kCheckpoint:
      return {"audit_checkpoint", LogLevel::kInfo};
    case AuditNotice::Kind::kRecovered:
      return {"audit_recovered", LogLevel::kWarning};
    case AuditNotice::Kind::kFaulty:
      return {"audit_faulty", LogLevel::kError};
    case AuditNotice::Kind::kNoSpare:
      return {"audit_no_spare", LogLevel::kWarning};
    case AuditNotice::Kind::kBlocked:
      return {"audit_blocked", LogLevel::kError};
    case AuditNotice::Kind::kLosing:
      return {"audit_losing", LogLevel::kError};
    case AuditNotice::Kind::kStalled:
      return {"audit_stalled", LogLevel::kError};
    case AuditNotice::Kind::kWritable:
      return {"audit_writable", LogLevel::kInfo};
  }
  return {"audit", LogLevel::kError};
}

}  // namespace

JsonLine AuditNoticeLine(const AuditNotice& notice) {
  const Form form = FormOf(notice.kind);
  JsonLine line(form.event, form.level);
  line.Add("log", notice.log);
  if (!notice.message.empty()) line.Add("message", notice.message);
  if (notice.head.sequence > 0) line.Add("head", notice.head.ToString());
  return line;
}

}  // namespace keyhold
