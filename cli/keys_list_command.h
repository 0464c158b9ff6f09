// `keyhold keys list`: the keys that the signer lets this identity know of.
#ifndef KEYHOLD_CLI_KEYS_LIST_COMMAND_H_
#define KEYHOLD_CLI_KEYS_LIST_COMMAND_H_

#include "cli/command.h"
#include "cli/connection_options.h"

namespace keyhold {

// Errors as ConnectionOptions::Connect and SignerClient::ListKeys.
class KeysListCommand final : public Command {
 public:
  absl::string_view name() const override { return "keys list"; }
  absl::string_view summary() const override;
  absl::string_view examples() const override;
  void AddOptions(CLI::App& app) override;
  absl::Status Run(const Console& console) override;

 private:
  ConnectionOptions connection_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_KEYS_LIST_COMMAND_H_
