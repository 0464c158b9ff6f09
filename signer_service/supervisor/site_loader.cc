#include "signer_service/supervisor/site_loader.h"

#include <cstdint>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "keyhold/signer/v1/tls.pb.h"
#include "signer_service/keys/store_reader.h"
#include "signer_service/policy/policy.h"
#include "tls_lib/base/file_text.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

using processes::v1::Site;

namespace {

// Certificates are told of once: thousands of keys have one intermediate.
class CertificateList {
 public:
  explicit CertificateList(Site& site) : site_(site) {}

  uint32_t IndexOf(const SharedDer& der) {
    const auto [entry, is_new] = indexes_.try_emplace(
        der.get(), static_cast<uint32_t>(site_.certificates_size()));
    if (is_new) site_.add_certificates(*der);
    return entry->second;
  }

 private:
  Site& site_;
  absl::flat_hash_map<const std::string*, uint32_t> indexes_;
};

void AddKey(const ServedKey& key, CertificateList& certificates, Site& site) {
  processes::v1::ServedKeyEntry& entry = *site.add_keys();
  entry.set_id(key.id);
  entry.set_label(key.label);
  entry.set_spki(key.spki);
  for (const SharedDer& der : key.chain) {
    entry.add_chain(certificates.IndexOf(der));
  }
  for (const auto role : {signer::v1::ROLE_SERVER, signer::v1::ROLE_CLIENT}) {
    if (key.roles.Contains(role)) entry.add_roles(role);
  }
  for (const SignatureScheme scheme : key.schemes) {
    entry.add_schemes(static_cast<uint32_t>(scheme));
  }
  entry.set_path(key.path);
  entry.set_kept(key.kept);
}

void AddProblem(const KeyProblem& problem, Site& site) {
  processes::v1::KeyProblemEntry& entry = *site.add_problems();
  entry.set_error(problem.severity == KeyProblem::Severity::kError);
  entry.set_path(problem.path);
  entry.set_message(problem.message);
  entry.set_repeated_before(problem.repeated);
}

}  // namespace

absl::StatusOr<Configuration> Configuration::Read(const std::string& path) {
  ASSIGN_OR_RETURN(std::string yaml, ReadFileText(path));
  ASSIGN_OR_RETURN(SignerSettings settings, SignerSettings::Parse(path, yaml));
  return Configuration{path, std::move(yaml), std::move(settings)};
}

absl::StatusOr<Site> SiteLoader::Load(const Configuration& configuration,
                                      VaultChild& vault) {
  const Policy policy(configuration.settings.rules());
  StoreReader reader(configuration.settings.keys(), last_);
  RETURN_IF_ERROR(reader.FindKeys());
  ASSIGN_OR_RETURN(const std::vector<HandedOverKey> handed_over,
                   vault.ReplaceKeys(reader.TakeKeyFiles(
                       [&](absl::string_view id, RoleSet roles) {
                         return policy.UsageCeiling({id, roles});
                       })));
  StoreReader::Result result = reader.Finish(handed_over);
  Site site;
  site.set_config_path(configuration.path);
  site.set_config_yaml(configuration.yaml);
  CertificateList certificates(site);
  for (const ServedKey& key : result.keys) AddKey(key, certificates, site);
  for (const KeyProblem& problem :
       problem_log_.Take(std::move(result.problems))) {
    AddProblem(problem, site);
  }
  last_ = std::move(result.keys);
  return site;
}

}  // namespace keyhold
