// `keyhold sign KEY`: one signature from the signer.
#ifndef KEYHOLD_CLI_SIGN_COMMAND_H_
#define KEYHOLD_CLI_SIGN_COMMAND_H_

#include <string>

#include "cli/command.h"
#include "cli/connection_options.h"
#include "cli/sign_input.h"

namespace keyhold {

// Every signature is verified against the key's public half before it is
// printed.
//
// Errors: as SignInput::Create, FindOneKey and SignerClient::Sign. Internal if
// the signature does not verify; FailedPrecondition if --out cannot be
// written.
class SignCommand final : public Command {
 public:
  absl::string_view name() const override { return "sign"; }
  absl::string_view summary() const override;
  absl::string_view examples() const override;
  void AddOptions(CLI::App& app) override;
  absl::Status Run(const Console& console) override;

 private:
  absl::Status Print(const signer::v1::Key& key,
                     const signer::v1::SignResponse& response,
                     const Console& console) const;

  ConnectionOptions connection_;
  std::string key_;
  SignInputArguments input_;
  std::string role_;
  std::string server_name_;
  std::string encoding_ = "base64";
  std::string out_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_SIGN_COMMAND_H_
