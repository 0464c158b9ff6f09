// `keyhold audit tail DIR`: the last records.
#ifndef KEYHOLD_CLI_AUDIT_AUDIT_TAIL_COMMAND_H_
#define KEYHOLD_CLI_AUDIT_AUDIT_TAIL_COMMAND_H_

#include <cstdint>
#include <string>

#include "cli/command.h"

namespace keyhold {

// Asks no signer. Reads the newest two files only, so a long log takes no
// longer than a short one. FailedPrecondition: there is no log.
class AuditTailCommand final : public Command {
 public:
  absl::string_view name() const override { return "audit tail"; }
  absl::string_view summary() const override;
  absl::string_view examples() const override;
  void AddOptions(CLI::App& app) override;
  absl::Status Run(const Console& console) override;

 private:
  std::string folder_;
  std::string log_ = "signatures";
  uint32_t lines_ = 10;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_AUDIT_AUDIT_TAIL_COMMAND_H_
