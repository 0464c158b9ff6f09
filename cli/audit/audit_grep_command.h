// `keyhold audit grep DIR`: who signed what, and when?
#ifndef KEYHOLD_CLI_AUDIT_AUDIT_GREP_COMMAND_H_
#define KEYHOLD_CLI_AUDIT_AUDIT_GREP_COMMAND_H_

#include <string>

#include "cli/audit/record_filter.h"
#include "cli/command.h"

namespace keyhold {

// Asks no signer. Prints the records that the options match, in the log's
// order. A log with faults is warned about: its records may be false.
// FailedPrecondition: there is no log.
class AuditGrepCommand final : public Command {
 public:
  absl::string_view name() const override { return "audit grep"; }
  absl::string_view summary() const override;
  absl::string_view examples() const override;
  void AddOptions(CLI::App& app) override;
  absl::Status Run(const Console& console) override;

 private:
  std::string folder_;
  std::string log_;
  RecordFilter filter_;
  bool count_ = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_AUDIT_AUDIT_GREP_COMMAND_H_
