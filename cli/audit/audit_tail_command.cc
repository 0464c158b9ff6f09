#include "cli/audit/audit_tail_command.h"

#include <algorithm>
#include <deque>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "cli/audit/audit_folder.h"
#include "cli/audit/record_filter.h"
#include "signer_service/audit/audit_settings.h"
#include "signer_service/audit/segment_folder.h"
#include "signer_service/audit/segment_scan.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

absl::string_view AuditTailCommand::summary() const {
  return "Show the last records of an audit log";
}

absl::string_view AuditTailCommand::examples() const {
  return R"(Asks no signer; may run while one writes.

Examples:
  keyhold audit tail dev/signer/audit
  keyhold audit tail dev/signer/audit --log refusals -n 100 --json)";
}

void AuditTailCommand::AddOptions(CLI::App& app) {
  app.add_option("DIR", folder_,
                 "What signer.yaml calls audit.directory, or one log's folder")
      ->required();
  app.add_option("--log", log_, "signatures or refusals")
      ->check(CLI::IsMember({kSignaturesLog, kRefusalsLog}))
      ->capture_default_str();
  app.add_option("-n,--lines", lines_, "How many records")
      ->check(CLI::Range(1, 1000000))
      ->capture_default_str();
  app.add_flag("--json", json_, "Print the records as they stand in the log");
}

absl::Status AuditTailCommand::Run(const Console& console) {
  ASSIGN_OR_RETURN(const std::vector<std::string> logs,
                   FindAuditLogs(folder_, log_));
  ASSIGN_OR_RETURN(const SegmentFolder folder,
                   SegmentFolder::Open(logs.front()));
  ASSIGN_OR_RETURN(std::vector<SegmentName> names, folder.List());
  names.erase(std::remove_if(names.begin(), names.end(),
                             [](const SegmentName& n) { return n.size == 0; }),
              names.end());
  std::deque<std::string> last;
  SegmentScan::Callbacks callbacks;
  callbacks.on_record = [&](const ParsedRecord& record,
                            absl::string_view line) {
    last.push_back(json_ ? std::string(line) : RecordText(record));
    if (last.size() > lines_) last.pop_front();
  };
  SegmentScan scan(std::move(callbacks));
  for (size_t i = names.size() - std::min<size_t>(names.size(), 2);
       i < names.size(); ++i) {
    ASSIGN_OR_RETURN(UniqueFd fd, folder.OpenToRead(names[i].number));
    RETURN_IF_ERROR(scan.Read(DescriptorSegment(std::move(fd))));
  }
  for (const std::string& line : last) console.out << line << "\n";
  return absl::OkStatus();
}

}  // namespace keyhold
