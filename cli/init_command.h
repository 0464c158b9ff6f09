// `keyhold init DIR`: a development CA, keys, certificates and configuration.
#ifndef KEYHOLD_CLI_INIT_COMMAND_H_
#define KEYHOLD_CLI_INIT_COMMAND_H_

#include <string>
#include <vector>

#include "cli/command.h"

namespace keyhold {

// Asks no signer. Errors: a usage error for options that cannot be;
// AlreadyExists and FailedPrecondition as SetupFolder.
class InitCommand final : public Command {
 public:
  absl::string_view name() const override { return "init"; }
  absl::string_view summary() const override;
  absl::string_view examples() const override;
  void AddOptions(CLI::App& app) override;
  absl::Status Run(const Console& console) override;

 private:
  std::string folder_;
  bool force_ = false;
  std::string listen_ = "127.0.0.1:7443";
  std::vector<std::string> sites_;
  std::vector<std::string> signer_names_;
  int valid_days_ = 365;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_INIT_COMMAND_H_
