// Reads the key store: from folders of files to a vault that holds the keys
// and a catalog of their public halves.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_KEY_LOADER_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_KEY_LOADER_H_

#include <vector>

#include "absl/status/statusor.h"
#include "signer_service/keys/key_settings.h"
#include "signer_service/keys/key_source.h"
#include "signer_service/keys/problem_log.h"
#include "signer_service/keys/served_key.h"
#include "signer_service/vault/vault.h"

namespace keyhold {

// Loads, and loads again. What a load finds at fault leaves what it replaces
// in place: the key, its certificate, its roles and preferences stay as the
// last good load had them, for as long as there is a key file of that name. A
// key whose file is gone is gone.
//
// Roles: those configured; else, if the certificate's extendedKeyUsage names
// only clientAuth, client; else server. A configured role that the extension
// leaves out is an error.
//
// Not thread-safe.
class KeyLoader final : public KeySource {
 public:
  // `vault` must outlive this; nobody else replaces its keys.
  explicit KeyLoader(Vault* vault) : vault_(*vault) {}

  // Blocks while it reads. Single files never fail it: see the report.
  //
  // Fails, and changes nothing, if a folder cannot be read (KeyDirectory's
  // errors) or the process may not open so many files (ResourceExhausted).
  absl::StatusOr<LoadedKeys> Load(const KeyStoreSettings& settings,
                                  UsageCeiling ceiling) override;

 private:
  Vault& vault_;
  ProblemLog problem_log_;
  // The last load's.
  std::vector<ServedKey> last_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_KEY_LOADER_H_
