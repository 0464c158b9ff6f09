// `keyhold audit init-key FILE`: makes the key that signs checkpoints.
#ifndef KEYHOLD_CLI_AUDIT_AUDIT_INIT_KEY_COMMAND_H_
#define KEYHOLD_CLI_AUDIT_AUDIT_INIT_KEY_COMMAND_H_

#include <string>

#include "cli/command.h"

namespace keyhold {

// Writes FILE (0600) and its public half beside it: NAME.pub for NAME.key,
// else FILE.pub. Never over a file that exists: FailedPrecondition.
class AuditInitKeyCommand final : public Command {
 public:
  absl::string_view name() const override { return "audit init-key"; }
  absl::string_view summary() const override;
  absl::string_view examples() const override;
  void AddOptions(CLI::App& app) override;
  absl::Status Run(const Console& console) override;

 private:
  std::string file_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_AUDIT_AUDIT_INIT_KEY_COMMAND_H_
