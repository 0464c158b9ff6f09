// Makes the front's catalog of what the vault serves.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_CATALOG_MAKER_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_CATALOG_MAKER_H_

#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "signer_service/keys/key_catalog.h"
#include "signer_service/keys/key_problem.h"
#include "signer_service/keys/served_key.h"
#include "tls_lib/core/public_key.h"

namespace keyhold {

struct MadeCatalog {
  std::shared_ptr<const KeyCatalog> catalog;
  // Configured schemes that a key cannot make: warnings.
  std::vector<KeyProblem> problems;
};

// `parse` gives the public key of an SPKI: PublicKey::FromSpki, or one that is
// known already. Its error, or that of a certificate, fails the whole: the
// vault and the store reader have seen them all before.
absl::StatusOr<MadeCatalog> MakeCatalog(
    const std::vector<ServedKey>& keys,
    absl::FunctionRef<absl::StatusOr<PublicKey>(absl::string_view spki)> parse);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_CATALOG_MAKER_H_
