#include "signer_service/front_process/site_keys.h"

#include <cstddef>
#include <iterator>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "signer_service/keys/catalog_maker.h"
#include "signer_service/keys/served_key.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

absl::Status NoSuchCertificate() {
  return absl::InvalidArgumentError(
      "a key's chain names a certificate that was not handed over");
}

KeyProblem ToProblem(const processes::v1::KeyProblemEntry& entry) {
  return {entry.error() ? KeyProblem::Severity::kError
                        : KeyProblem::Severity::kWarning,
          entry.path(), entry.message(), entry.repeated_before()};
}

absl::StatusOr<ServedKey> ToServedKey(
    const processes::v1::ServedKeyEntry& entry,
    const std::vector<SharedDer>& certificates) {
  ServedKey key;
  key.id = entry.id();
  key.label = entry.label();
  key.spki = entry.spki();
  key.path = entry.path();
  key.kept = entry.kept();
  for (const uint32_t index : entry.chain()) {
    if (index >= certificates.size()) return NoSuchCertificate();
    key.chain.push_back(certificates[index]);
  }
  for (const uint32_t role : entry.roles()) {
    key.roles.Insert(static_cast<signer::v1::Role>(role));
  }
  for (const uint32_t scheme : entry.schemes()) {
    key.schemes.push_back(static_cast<SignatureScheme>(scheme));
  }
  return key;
}

}  // namespace

absl::StatusOr<LoadedKeys> SiteKeys::Load(const KeyStoreSettings& /*settings*/,
                                          UsageCeiling /*ceiling*/) {
  std::vector<SharedDer> certificates;
  for (const std::string& der : site_.certificates()) {
    certificates.push_back(std::make_shared<const std::string>(der));
  }
  std::vector<ServedKey> keys;
  LoadedKeys loaded;
  for (const processes::v1::ServedKeyEntry& entry : site_.keys()) {
    ASSIGN_OR_RETURN(ServedKey key, ToServedKey(entry, certificates));
    if (key.kept) ++loaded.report.kept;
    keys.push_back(std::move(key));
  }
  absl::flat_hash_map<absl::string_view, const PublicKey*> known;
  if (last_ != nullptr) {
    for (const CatalogKey& key : last_->keys()) {
      known.insert({key.public_key.spki(), &key.public_key});
    }
  }
  ASSIGN_OR_RETURN(
      MadeCatalog made, MakeCatalog(keys, [&](absl::string_view spki) {
        const auto found = known.find(spki);
        return found == known.end() ? PublicKey::FromSpki(spki)
                                    : absl::StatusOr<PublicKey>(*found->second);
      }));
  for (const processes::v1::KeyProblemEntry& entry : site_.problems()) {
    loaded.report.problems.push_back(ToProblem(entry));
  }
  absl::c_move(made.problems, std::back_inserter(loaded.report.problems));
  loaded.report.served = keys.size();
  loaded.catalog = made.catalog;
  last_ = std::move(made.catalog);
  return loaded;
}

}  // namespace keyhold
