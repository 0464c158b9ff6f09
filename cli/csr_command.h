// `keyhold csr KEY`: a certificate request, or a development certificate, for a
// key of the signer.
#ifndef KEYHOLD_CLI_CSR_COMMAND_H_
#define KEYHOLD_CLI_CSR_COMMAND_H_

#include <cstdint>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/connection_options.h"

namespace keyhold {

// The signer builds the object from the names; its signature is verified before
// it is printed.
//
// Errors: a usage error without names; as FindOneKey and SignerClient::Sign.
// Internal if what comes is not the key's own or does not verify;
// FailedPrecondition if --out cannot be written.
class CsrCommand final : public Command {
 public:
  absl::string_view name() const override { return "csr"; }
  absl::string_view summary() const override;
  absl::string_view examples() const override;
  void AddOptions(CLI::App& app) override;
  absl::Status Run(const Console& console) override;

 private:
  absl::StatusOr<signer::v1::SignRequest> MakeRequest(
      const signer::v1::Key& key) const;

  ConnectionOptions connection_;
  std::string key_;
  std::string common_name_;
  std::vector<std::string> dns_names_;
  std::string scheme_;
  bool self_signed_ = false;
  uint32_t days_ = 0;
  std::string out_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_CSR_COMMAND_H_
