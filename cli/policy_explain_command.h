// `keyhold policy explain`: which rule of a signer.yaml decides.
#ifndef KEYHOLD_CLI_POLICY_EXPLAIN_COMMAND_H_
#define KEYHOLD_CLI_POLICY_EXPLAIN_COMMAND_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "signer_service/config/signer_settings.h"
#include "signer_service/policy/explanation.h"

namespace keyhold {

// Asks no signer. OK if the request would be allowed; else the error that the
// caller would get. A usage error for a question that is none;
// FailedPrecondition if the configuration is at fault.
class PolicyExplainCommand final : public Command {
 public:
  absl::string_view name() const override { return "policy explain"; }
  absl::string_view summary() const override;
  absl::string_view examples() const override;
  void AddOptions(CLI::App& app) override;
  absl::Status Run(const Console& console) override;

 private:
  absl::StatusOr<PolicyQuestion> Question(const SignerSettings& settings) const;

  std::string config_;
  std::string identity_;
  std::string key_;
  std::string usage_;
  std::string scheme_;
  std::string server_name_;
  std::vector<std::string> roles_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_POLICY_EXPLAIN_COMMAND_H_
