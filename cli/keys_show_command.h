// `keyhold keys show KEY`: all that the signer tells of a key.
#ifndef KEYHOLD_CLI_KEYS_SHOW_COMMAND_H_
#define KEYHOLD_CLI_KEYS_SHOW_COMMAND_H_

#include <string>

#include "cli/command.h"
#include "cli/connection_options.h"

namespace keyhold {

// Errors as ParseKeyArgument, ConnectionOptions::Connect and
// SignerClient::GetKey.
class KeysShowCommand final : public Command {
 public:
  absl::string_view name() const override { return "keys show"; }
  absl::string_view summary() const override;
  absl::string_view examples() const override;
  void AddOptions(CLI::App& app) override;
  absl::Status Run(const Console& console) override;

 private:
  ConnectionOptions connection_;
  std::string key_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_KEYS_SHOW_COMMAND_H_
