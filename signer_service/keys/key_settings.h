// What the operator configures for keys, as the key loader takes it.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_KEY_SETTINGS_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_KEY_SETTINGS_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "signer_service/core/role_set.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

// Settings of all keys of one id (keyhold.signer.v1.KeySettings). A value.
struct KeySetting {
  // Empty: the certificate's, else server.
  RoleSet roles;
  // Best first; only these are ever used. Empty: all that the key can make.
  std::vector<SignatureScheme> schemes;
};

struct KeyStoreSettings {
  // Of one id in two folders the first folder's key is served.
  std::vector<std::string> directories;
  // By id.
  absl::flat_hash_map<std::string, KeySetting> by_id;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_KEY_SETTINGS_H_
