// The options of each command that asks a signer: which one, and as whom.
#ifndef KEYHOLD_CLI_CONNECTION_OPTIONS_H_
#define KEYHOLD_CLI_CONNECTION_OPTIONS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tls_lib/remote/signer_client.h"
#include "tls_lib/remote/signer_client_options.h"

namespace CLI {
class App;
}  // namespace CLI

namespace keyhold {

// A flag goes before its environment variable, and both before the file that
// --config or KEYHOLD_CONFIG names.
class ConnectionOptions {
 public:
  // This object must outlive `app`'s parsing.
  void AddTo(CLI::App& app);

  // The options for the client. A usage error (exit_code.h) if no signer is
  // named, or one over TCP without the three files of mutual TLS.
  // FailedPrecondition: the file of --config is at fault.
  absl::StatusOr<SignerClientOptions> Resolve() const;

  // A client with these options; errors also as SignerClient::Create.
  absl::StatusOr<std::shared_ptr<SignerClient>> Connect() const;

 private:
  std::string config_;
  std::vector<std::string> signers_;
  std::string certificate_;
  std::string private_key_;
  std::string ca_;
  std::string server_name_;
  double timeout_seconds_ = 5;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_CONNECTION_OPTIONS_H_
