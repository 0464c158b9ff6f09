// The certificates that a server shows, and where their private keys are.
#ifndef KEYHOLD_DEPLOY_EXAMPLES_SITE_CERTIFICATES_H_
#define KEYHOLD_DEPLOY_EXAMPLES_SITE_CERTIFICATES_H_

#include <memory>
#include <string>
#include <vector>

#include "CLI/App.hpp"
#include "absl/status/statusor.h"
#include "deploy/examples/signer_flags.h"
#include "tls_lib/core/cert_resolver.h"

namespace keyhold::examples {

struct SiteFlags {
  std::vector<std::string> certificates;
  std::vector<std::string> local_keys;
  bool no_default = false;

  // Adds --certificate, --local-key and --no-default.
  void AddTo(CLI::App& app);
};

// Finds the private half of each certificate: in this process if --local-key
// has it, else on the signer. Names come from the certificates; the first one
// is also the default, unless --no-default. Warns on stderr of a certificate
// that has expired. Errors name the file.
absl::StatusOr<std::shared_ptr<const CertResolver>> LoadSite(
    const SiteFlags& flags, const SignerFlags& signer);

}  // namespace keyhold::examples

#endif  // KEYHOLD_DEPLOY_EXAMPLES_SITE_CERTIFICATES_H_
