// The command-line flags by which the examples reach their signer, and the
// two pieces of plumbing that both need: files and sockets.
#ifndef KEYHOLD_DEPLOY_EXAMPLES_SIGNER_FLAGS_H_
#define KEYHOLD_DEPLOY_EXAMPLES_SIGNER_FLAGS_H_

#include <memory>
#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "absl/status/statusor.h"
#include "tls_lib/remote/signer_client.h"

namespace keyhold::examples {

struct SignerFlags {
  std::vector<std::string> signers;
  std::string signer_ca;
  std::string identity;
  std::string identity_key;

  // Adds --signer, which may be given several times, --signer-ca, --identity
  // and --identity-key.
  void AddTo(CLI::App& app);
  // Errors as SignerClient::Create.
  absl::StatusOr<std::shared_ptr<SignerClient>> MakeClient() const;
  // The signers, for people.
  std::string Names() const;
};

// The whole file. NotFound, naming it, if it cannot be read.
absl::StatusOr<std::string> ReadFile(const std::string& path);

}  // namespace keyhold::examples

#endif  // KEYHOLD_DEPLOY_EXAMPLES_SIGNER_FLAGS_H_
