#include "deploy/examples/site_certificates.h"

#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/sni_cert_resolver.h"
#include "tls_lib/local/local_signing_key.h"
#include "tls_lib/remote/remote_signing_key.h"

namespace keyhold::examples {

void SiteFlags::AddTo(CLI::App& app) {
  app.add_option("--certificate", certificates,
                 "PEM chain; may be repeated. The first is the default")
      ->required();
  app.add_option("--local-key", local_keys,
                 "PEM private key to use in this process; may be repeated");
  app.add_flag("--no-default", no_default,
               "Refuse names that no certificate is for");
}

absl::StatusOr<std::shared_ptr<const CertResolver>> LoadSite(
    const SiteFlags& flags, const SignerFlags& signer) {
  std::vector<std::shared_ptr<const LocalSigningKey>> local_keys;
  for (const std::string& path : flags.local_keys) {
    ASSIGN_OR_RETURN(auto key, LocalSigningKey::FromFile(path));
    local_keys.push_back(std::move(key));
  }
  std::shared_ptr<SignerClient> client;
  if (!signer.signers.empty()) {
    ASSIGN_OR_RETURN(client, signer.MakeClient());
  }
  std::vector<NamedCertifiedKey> entries;
  for (const std::string& path : flags.certificates) {
    ASSIGN_OR_RETURN(const std::string pem, ReadFile(path));
    std::shared_ptr<const SigningKey> key;
    if (client != nullptr) {
      ASSIGN_OR_RETURN(key, RemoteSigningKey::ForCertificate(client, pem));
    }
    absl::StatusOr<std::shared_ptr<const CertifiedKey>> certified =
        absl::FailedPreconditionError(
            absl::StrCat(path, ": give --signer, or its --local-key"));
    for (const auto& local : local_keys) {
      if (!certified.ok()) certified = CertifiedKey::CreateFromPem(pem, local);
    }
    if (!certified.ok() && key != nullptr) {
      certified = CertifiedKey::CreateFromPem(pem, key);
    }
    RETURN_IF_ERROR(certified.status());
    if ((*certified)->not_after() < absl::Now()) {
      std::cerr << "warning: " << path << " has expired" << std::endl;
    }
    if (entries.empty() && !flags.no_default) {
      entries.push_back({"", *certified});
    }
    for (const std::string& name : (*certified)->dns_names()) {
      entries.push_back({name, *certified});
    }
  }
  ASSIGN_OR_RETURN(auto resolver, SniCertResolver::Create(std::move(entries)));
  return resolver;
}

}  // namespace keyhold::examples
