// `keyhold setup SERVER`: what a stock server needs to use keys on a signer.
#ifndef KEYHOLD_CLI_SERVERS_SETUP_COMMAND_H_
#define KEYHOLD_CLI_SERVERS_SETUP_COMMAND_H_

#include <string>

#include "cli/command.h"
#include "cli/servers/server_setup.h"

namespace keyhold {

// Errors as MakeServerSetup and WriteServerFiles.
class SetupCommand final : public Command {
 public:
  absl::string_view name() const override { return "setup"; }
  absl::string_view summary() const override;
  absl::string_view examples() const override;
  void AddOptions(CLI::App& app) override;
  absl::Status Run(const Console& console) override;

 private:
  std::string server_;
  ServerSetupOptions options_;
  bool write_ = false;
  std::string root_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_SERVERS_SETUP_COMMAND_H_
