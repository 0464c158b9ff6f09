// `keyhold audit verify DIR`: was an audit log changed?
#ifndef KEYHOLD_CLI_AUDIT_AUDIT_VERIFY_COMMAND_H_
#define KEYHOLD_CLI_AUDIT_AUDIT_VERIFY_COMMAND_H_

#include <string>

#include "cli/command.h"

namespace keyhold {

// Asks no signer. Prints what each log holds, its faults, and what could not
// be checked. FailedPrecondition: there are faults, or no log.
class AuditVerifyCommand final : public Command {
 public:
  absl::string_view name() const override { return "audit verify"; }
  absl::string_view summary() const override;
  absl::string_view examples() const override;
  void AddOptions(CLI::App& app) override;
  absl::Status Run(const Console& console) override;

 private:
  std::string folder_;
  std::string log_;
  std::string key_file_;
  std::string head_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_AUDIT_AUDIT_VERIFY_COMMAND_H_
