#include "deploy/examples/signer_flags.h"

#include <fstream>
#include <sstream>
#include <utility>

#include "CLI/Config.hpp"
#include "CLI/Formatter.hpp"
#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace keyhold::examples {

void SignerFlags::AddTo(CLI::App& app) {
  app.add_option("--signer", signers,
                 "A signer: HOST:PORT, or unix:PATH. Several times: signers "
                 "with the same keys, of which any will do");
  app.add_option("--signer-ca", signer_ca,
                 "PEM file of the CA that issued the signer's certificate");
  app.add_option("--identity", identity,
                 "PEM file of the certificate to show to the signer");
  app.add_option("--identity-key", identity_key,
                 "PEM file of the private key of --identity");
}

absl::StatusOr<std::shared_ptr<SignerClient>> SignerFlags::MakeClient() const {
  SignerClientOptions options;
  options.endpoints = signers;
  const bool all_local = absl::c_all_of(signers, [](const std::string& each) {
    return absl::StartsWith(each, "unix:");
  });
  if (!all_local) {
    options.tls = SignerTlsFiles{identity, identity_key, signer_ca, ""};
  }
  return SignerClient::Create(std::move(options));
}

std::string SignerFlags::Names() const { return absl::StrJoin(signers, ", "); }

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!(text << file.rdbuf())) {
    return absl::NotFoundError(absl::StrCat("cannot read ", path));
  }
  return text.str();
}

}  // namespace keyhold::examples
