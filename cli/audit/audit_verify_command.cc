#include "cli/audit/audit_verify_command.h"

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/audit/audit_folder.h"
#include "cli/audit/audit_public_key.h"
#include "cli/exit_code.h"
#include "cli/json_object.h"
#include "signer_service/audit/audit_settings.h"
#include "signer_service/audit/log_verifier.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

absl::string_view KindName(AuditFault::Kind kind) {
  switch (kind) {
    case AuditFault::Kind::kAltered:
      return "altered";
    case AuditFault::Kind::kMissing:
      return "missing";
    case AuditFault::Kind::kReordered:
      return "reordered";
    case AuditFault::Kind::kNotARecord:
      return "not_a_record";
    case AuditFault::Kind::kTorn:
      return "torn";
    case AuditFault::Kind::kBadCheckpoint:
      return "bad_checkpoint";
    case AuditFault::Kind::kNoCheckpoint:
      return "no_checkpoint";
    case AuditFault::Kind::kMissingSegment:
      return "missing_segment";
    case AuditFault::Kind::kWrongHead:
      return "wrong_head";
  }
  return "unknown";
}

std::string Count(uint64_t count, absl::string_view one) {
  return absl::StrCat(count, " ", one, count == 1 ? "" : "s");
}

// What the check has left open, a sentence each.
std::vector<std::string> NotChecked(const AuditVerdict& verdict,
                                    bool with_head) {
  std::vector<std::string> sentences;
  if (!with_head) {
    sentences.push_back(absl::StrCat(
        "whether records that came after record ", verdict.last.sequence,
        " were removed: give a head that was kept elsewhere, --head SEQ:HASH "
        "of the newest audit_checkpoint in the signer's journal"));
  }
  if (verdict.first_sequence > 1) {
    sentences.push_back(absl::StrCat("the records before record ",
                                     verdict.first_sequence,
                                     ": their files are not here"));
  }
  if (verdict.checkpoints_unchecked > 0) {
    sentences.push_back(
        absl::StrCat("the signatures of ",
                     Count(verdict.checkpoints_unchecked, "checkpoint"),
                     ": give the audit key's public half, --public-key FILE"));
  } else if (verdict.log == kRefusalsLog) {
    sentences.push_back(
        "who wrote this log: the log of refusals has no signed checkpoints");
  }
  return sentences;
}

void PrintText(const AuditVerdict& verdict, bool with_head,
               const Console& console) {
  console.out << verdict.log << ": " << Count(verdict.records, "record");
  if (verdict.records > 0) {
    console.out << ", " << verdict.first_sequence << " to "
                << verdict.last.sequence;
  }
  console.out << ", in " << Count(verdict.segments, "file") << "\n";
  if (verdict.checkpoints > 0) {
    console.out << "  " << Count(verdict.checkpoints, "signed checkpoint")
                << "; the last one covers record " << verdict.signed_up_to
                << "\n";
  }
  if (verdict.recovered > 0) {
    console.out << "  " << Count(verdict.recovered, "torn record")
                << " closed at a start\n";
  }
  if (verdict.missing > 0) {
    console.out << "  " << Count(verdict.missing, "record")
                << " never written, the disk being full\n";
  }
  for (const AuditFault& fault : verdict.faults) {
    console.out << "  FAULT: " << fault.message << "\n";
  }
  if (verdict.faults.empty()) console.out << "  no faults\n";
  console.out << "  head: " << verdict.last.ToString() << "\n";
  for (const std::string& sentence : NotChecked(verdict, with_head)) {
    console.out << "  not checked: " << sentence << "\n";
  }
}

JsonObject ToJson(const AuditVerdict& verdict, bool with_head) {
  std::vector<JsonObject> faults;
  for (const AuditFault& fault : verdict.faults) {
    faults.push_back(JsonObject()
                         .Add("kind", KindName(fault.kind))
                         .Add("sequence", static_cast<int64_t>(fault.sequence))
                         .Add("message", fault.message));
  }
  return JsonObject()
      .Add("log", verdict.log)
      .Add("records", static_cast<int64_t>(verdict.records))
      .Add("first", static_cast<int64_t>(verdict.first_sequence))
      .Add("head", verdict.last.ToString())
      .Add("checkpoints", static_cast<int64_t>(verdict.checkpoints))
      .Add("signed_up_to", static_cast<int64_t>(verdict.signed_up_to))
      .Add("recovered", static_cast<int64_t>(verdict.recovered))
      .Add("never_written", static_cast<int64_t>(verdict.missing))
      .Add("faults", faults)
      .Add("not_checked", NotChecked(verdict, with_head));
}

}  // namespace

absl::string_view AuditVerifyCommand::summary() const {
  return "Check that an audit log was not changed";
}

absl::string_view AuditVerifyCommand::examples() const {
  return R"(Asks no signer; may run while one writes, and on a copy elsewhere. An altered,
removed, moved or torn record is found by the chain alone. That the log's end was
cut off, or all of it written anew, shows only against a head that was kept
elsewhere, and what the public key covers. What was not checked is said.
Exit code 1: there are faults.

Examples:
  keyhold audit verify dev/signer/audit --public-key dev/signer/audit.pub
  keyhold audit verify /var/lib/keyhold/audit --log signatures --head 17:09ab…)";
}

void AuditVerifyCommand::AddOptions(CLI::App& app) {
  app.add_option("DIR", folder_,
                 "What signer.yaml calls audit.directory, or one log's folder")
      ->required();
  app.add_option("--log", log_, "Only this log: signatures or refusals")
      ->check(CLI::IsMember({kSignaturesLog, kRefusalsLog}));
  app.add_option("--public-key", key_file_,
                 "Public half of the audit key, PEM: checks checkpoints")
      ->type_name("FILE");
  app.add_option("--head", head_,
                 "A head that was kept elsewhere, of the log of signatures "
                 "unless --log says otherwise")
      ->type_name("SEQ:HASH");
  app.add_flag("--json", json_, "Print {\"logs\": [...]}");
}

absl::Status AuditVerifyCommand::Run(const Console& console) {
  std::optional<PublicKey> key;
  if (!key_file_.empty()) {
    ASSIGN_OR_RETURN(key, ReadAuditPublicKey(key_file_, console));
  }
  std::optional<AuditHead> head;
  if (!head_.empty()) {
    absl::StatusOr<AuditHead> parsed = ParseAuditHead(head_);
    if (!parsed.ok()) return UsageError(parsed.status().message());
    head = *parsed;
  }
  ASSIGN_OR_RETURN(const std::vector<std::string> logs,
                   FindAuditLogs(folder_, log_));
  std::vector<JsonObject> objects;
  size_t faults = 0;
  for (size_t i = 0; i < logs.size(); ++i) {
    AuditVerifyOptions options;
    options.key = key;
    if (i == 0) options.head = head;
    ASSIGN_OR_RETURN(const AuditVerdict verdict,
                     VerifyAuditLog(logs[i], options));
    faults += verdict.faults.size();
    if (json_) {
      objects.push_back(ToJson(verdict, options.head.has_value()));
    } else {
      PrintText(verdict, options.head.has_value(), console);
    }
  }
  if (json_) console.out << JsonObject().Add("logs", objects).ToText() << "\n";
  if (faults == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("the audit log has ", Count(faults, "fault")));
}

}  // namespace keyhold
