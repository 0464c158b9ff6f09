// A key that the vault serves, before anybody has looked at its public half.
// Free of OpenSSL, for the supervisor.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_SERVED_KEY_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_SERVED_KEY_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "signer_service/core/role_set.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

// DER of a certificate. Shared: thousands of keys have one intermediate.
using SharedDer = std::shared_ptr<const std::string>;

// What became of one key file in the vault: a KeyFileOutcome.
struct HandedOverKey {
  absl::Status status;
  // DER SubjectPublicKeyInfo of what is served under the file's name.
  std::optional<std::string> serving_spki;
};

// A value.
struct ServedKey {
  std::string id;
  std::string label;
  // DER SubjectPublicKeyInfo.
  std::string spki;
  // Leaf first; empty without a certificate. All of them can be read.
  std::vector<SharedDer> chain;
  RoleSet roles;
  // As configured, best first. Empty: the key's own.
  std::vector<SignatureScheme> schemes;
  // The key file, for messages.
  std::string path;
  // The last good key of this name: what is there now is at fault.
  bool kept = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_SERVED_KEY_H_
