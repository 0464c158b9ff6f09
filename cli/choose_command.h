// `keyhold choose KEY`: which scheme would the signer sign with?
#ifndef KEYHOLD_CLI_CHOOSE_COMMAND_H_
#define KEYHOLD_CLI_CHOOSE_COMMAND_H_

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/connection_options.h"

namespace keyhold {

// Errors: a usage error for a word that is no role, version or scheme; as
// FindOneKey; as SignerClient::ChooseScheme.
class ChooseCommand final : public Command {
 public:
  absl::string_view name() const override { return "choose"; }
  absl::string_view summary() const override;
  absl::string_view examples() const override;
  void AddOptions(CLI::App& app) override;
  absl::Status Run(const Console& console) override;

 private:
  ConnectionOptions connection_;
  std::string key_;
  std::string role_;
  std::string tls_version_ = "1.3";
  std::string server_name_;
  std::vector<std::string> offered_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_CHOOSE_COMMAND_H_
