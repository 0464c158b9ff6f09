#include "cli/audit/audit_grep_command.h"

#include <cstdint>
#include <vector>

#include "CLI/CLI.hpp"
#include "cli/audit/audit_folder.h"
#include "signer_service/audit/audit_settings.h"
#include "signer_service/audit/log_verifier.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

absl::string_view AuditGrepCommand::summary() const {
  return "Find records of an audit log: who signed what, and when";
}

absl::string_view AuditGrepCommand::examples() const {
  return R"(Asks no signer. All that is given must match. With --json the records are
printed as they stand in the log, one a line.

Examples:
  keyhold audit grep dev/signer/audit --identity spiffe://example.test/app \
    --from 2026-01-02T03:00 --to 2026-01-02T04:00
  keyhold audit grep dev/signer/audit --key www.example.test --count
  keyhold audit grep dev/signer/audit --log refusals --json | jq .reason)";
}

void AuditGrepCommand::AddOptions(CLI::App& app) {
  app.add_option("DIR", folder_,
                 "What signer.yaml calls audit.directory, or one log's folder")
      ->required();
  app.add_option("--log", log_, "Only this log: signatures or refusals")
      ->check(CLI::IsMember({kSignaturesLog, kRefusalsLog}));
  filter_.AddTo(app);
  app.add_flag("--count", count_, "Print only how many there are");
  app.add_flag("--json", json_, "Print the records as they stand in the log");
}

absl::Status AuditGrepCommand::Run(const Console& console) {
  RETURN_IF_ERROR(filter_.Prepare());
  ASSIGN_OR_RETURN(const std::vector<std::string> logs,
                   FindAuditLogs(folder_, log_));
  uint64_t found = 0;
  for (const std::string& log : logs) {
    AuditVerifyOptions options;
    options.on_record = [&](const ParsedRecord& record,
                            absl::string_view line) {
      if (!filter_.Matches(record)) return;
      ++found;
      if (count_) return;
      if (json_) {
        console.out << line << "\n";
      } else {
        console.out << RecordText(record) << "\n";
      }
    };
    ASSIGN_OR_RETURN(const AuditVerdict verdict, VerifyAuditLog(log, options));
    if (!verdict.faults.empty()) {
      console.err << "warning: " << log << " has " << verdict.faults.size()
                  << " faults, the first: " << verdict.faults.front().message
                  << "; `keyhold audit verify` shows all\n";
    }
  }
  if (count_) console.out << found << "\n";
  return absl::OkStatus();
}

}  // namespace keyhold
