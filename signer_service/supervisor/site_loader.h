// Reads the key store, hands the keys to the vault, and says to the front what
// is served.
#ifndef KEYHOLD_SIGNER_SERVICE_SUPERVISOR_SITE_LOADER_H_
#define KEYHOLD_SIGNER_SERVICE_SUPERVISOR_SITE_LOADER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "keyhold/processes/v1/control.pb.h"
#include "signer_service/config/signer_settings.h"
#include "signer_service/keys/problem_log.h"
#include "signer_service/keys/served_key.h"
#include "signer_service/supervisor/vault_child.h"

namespace keyhold {

// signer.yaml, as it was read.
struct Configuration {
  // NotFound and others as SignerSettings::Load.
  static absl::StatusOr<Configuration> Read(const std::string& path);

  std::string path;
  std::string yaml;
  SignerSettings settings;
};

// What KeyLoader says of the last good keys holds here too, for as long as the
// vault lives: a new one has only what the files have then. Not thread-safe.
class SiteLoader {
 public:
  // Errors as KeyLoader::Load, before the vault is touched, and VaultChild's.
  absl::StatusOr<processes::v1::Site> Load(const Configuration& configuration,
                                           VaultChild& vault);

 private:
  ProblemLog problem_log_;
  std::vector<ServedKey> last_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_SUPERVISOR_SITE_LOADER_H_
