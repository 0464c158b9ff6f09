#include "signer_service/audit/audit_record.h"

#include "signer_service/audit/record_text.h"

namespace keyhold {
namespace {

void AppendUnlessEmpty(std::string& out, absl::string_view name,
                       absl::string_view value) {
  if (!value.empty()) AppendAuditText(out, name, value);
}

absl::string_view InputName(AuditRecord::Input input) {
  switch (input) {
    case AuditRecord::Input::kNone:
      break;
    case AuditRecord::Input::kTranscript:
      return "transcript_hash";
    case AuditRecord::Input::kContent:
      return "content_sha256";
    case AuditRecord::Input::kDigest:
      return "digest";
  }
  return "";
}

void AppendOutcome(absl::string_view outcome, absl::string_view reason,
                   std::string& out) {
  AppendUnlessEmpty(out, "outcome", outcome);
  AppendUnlessEmpty(out, "reason", reason);
}

}  // namespace

void AppendAuditSubject(const AuditRecord& record, std::string& out) {
  AppendAuditText(
      out, "event",
      record.event == AuditRecord::Event::kSign ? "sign" : "refused");
  AppendUnlessEmpty(out, "call", record.call);
  AppendUnlessEmpty(out, "identity", record.identity);
  if (record.claimed_uid.has_value()) {
    AppendAuditNumber(out, "claimed_uid", *record.claimed_uid);
  }
  if (record.claimed_gid.has_value()) {
    AppendAuditNumber(out, "claimed_gid", *record.claimed_gid);
  }
  AppendUnlessEmpty(out, "key", record.key);
  if (!record.spki_sha256.empty()) {
    AppendAuditHex(out, "spki_sha256", record.spki_sha256.substr(0, 32));
  }
  AppendUnlessEmpty(out, "usage", record.usage);
  AppendUnlessEmpty(out, "scheme", record.scheme);
  AppendUnlessEmpty(out, "server_name", record.server_name);
  if (record.input != AuditRecord::Input::kNone) {
    AppendAuditHex(out, InputName(record.input),
                   record.input_hash.substr(0, 64));
  }
  if (!record.request_id.empty()) {
    AppendAuditHex(out, "request_id", record.request_id.substr(0, 16));
  }
}

void AppendAuditBody(absl::Time time, absl::string_view subject,
                     absl::string_view outcome, absl::string_view reason,
                     std::string& out) {
  AppendAuditTime(out, "time", time);
  out.append(subject.data(), subject.size());
  AppendOutcome(outcome, reason, out);
}

void AppendAuditBody(const AuditRecord& record, std::string& out) {
  AppendAuditTime(out, "time", record.time);
  AppendAuditSubject(record, out);
  AppendOutcome(record.outcome, record.reason, out);
  if (record.repeats > 0) AppendAuditNumber(out, "repeats", record.repeats);
}

}  // namespace keyhold
