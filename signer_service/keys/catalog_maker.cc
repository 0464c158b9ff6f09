#include "signer_service/keys/catalog_maker.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/span.h"
#include "signer_service/keys/key_rules.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/certificate_fields.h"

namespace keyhold {
namespace {

std::string SchemesLeftOut(const std::string& path, const PublicKey& key,
                           absl::Span<const SignatureScheme> schemes) {
  std::string names = absl::StrJoin(
      schemes, ", ", [](std::string* out, SignatureScheme scheme) {
        absl::StrAppend(out, SchemeName(scheme));
      });
  return absl::StrCat(path, ": configured schemes that this ",
                      KeyTypeName(key.type()), " key cannot make: ", names);
}

KeyProblem Warning(const std::string& path, std::string message) {
  return {KeyProblem::Severity::kWarning, path, std::move(message)};
}

}  // namespace

absl::StatusOr<MadeCatalog> MakeCatalog(
    const std::vector<ServedKey>& keys,
    absl::FunctionRef<absl::StatusOr<PublicKey>(absl::string_view spki)>
        parse) {
  MadeCatalog made;
  std::vector<CatalogKey> entries;
  entries.reserve(keys.size());
  for (const ServedKey& served : keys) {
    ASSIGN_OR_RETURN(PublicKey public_key, parse(served.spki));
    SchemePreferences preferences =
        DecidePreferences(public_key, served.schemes);
    if (!preferences.unusable.empty() && !served.kept) {
      made.problems.push_back(Warning(
          served.path,
          SchemesLeftOut(served.path, public_key, preferences.unusable)));
    }
    CatalogKey entry{served.id,
                     served.label,
                     std::move(public_key),
                     served.chain,
                     {},
                     std::nullopt,
                     served.roles,
                     std::move(preferences.usable)};
    if (!served.chain.empty()) {
      ASSIGN_OR_RETURN(CertificateFields leaf,
                       ReadCertificateFields(*served.chain.front()));
      entry.dns_names = std::move(leaf.dns_names);
      entry.not_after = leaf.not_after;
    }
    entries.push_back(std::move(entry));
  }
  made.catalog = KeyCatalog::Create(std::move(entries));
  return made;
}

}  // namespace keyhold
