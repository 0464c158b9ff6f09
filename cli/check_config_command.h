// `keyhold check-config FILE`: is this signer.yaml good?
#ifndef KEYHOLD_CLI_CHECK_CONFIG_COMMAND_H_
#define KEYHOLD_CLI_CHECK_CONFIG_COMMAND_H_

#include <string>

#include "cli/command.h"

namespace keyhold {

// Asks no signer, and reads no key. Prints what the file sets up, with
// warnings for what is allowed but dangerous. FailedPrecondition: the file
// cannot be read, or is at fault: a line for each fault, as
// SignerSettings::Load.
class CheckConfigCommand final : public Command {
 public:
  absl::string_view name() const override { return "check-config"; }
  absl::string_view summary() const override;
  absl::string_view examples() const override;
  void AddOptions(CLI::App& app) override;
  absl::Status Run(const Console& console) override;

 private:
  std::string file_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_CHECK_CONFIG_COMMAND_H_
