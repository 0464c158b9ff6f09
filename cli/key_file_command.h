// `keyhold key-file KEY`: the file that a server gets instead of a private
// key.
#ifndef KEYHOLD_CLI_KEY_FILE_COMMAND_H_
#define KEYHOLD_CLI_KEY_FILE_COMMAND_H_

#include <string>

#include "absl/status/statusor.h"
#include "cli/command.h"
#include "cli/connection_options.h"
#include "tls_lib/agent/client/key_file.h"

namespace keyhold {

// A usage error for an address, a uid or an id that cannot be.
// FailedPrecondition: a file cannot be read or written. Other errors as
// FindOneKey and ConnectionOptions::Connect.
class KeyFileCommand final : public Command {
 public:
  absl::string_view name() const override { return "key-file"; }
  absl::string_view summary() const override;
  absl::string_view examples() const override;
  void AddOptions(CLI::App& app) override;
  absl::Status Run(const Console& console) override;

 private:
  struct NamedKey {
    std::string id;
    PublicKey key;
  };
  absl::StatusOr<NamedKey> FindKey(const Console& console) const;
  absl::StatusOr<agent::TrustedAgent> Agent() const;
  absl::Status Print(const agent::KeyFile& file, const std::string& pem,
                     const Console& console) const;

  ConnectionOptions connection_;
  std::string key_;
  std::string of_certificate_;
  std::string agent_ = agent::kDefaultAgentAddress;
  std::string agent_uid_;
  std::string out_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_KEY_FILE_COMMAND_H_
