// The text of the signer.yaml that `keyhold init` writes.
#ifndef KEYHOLD_CLI_DEVELOPMENT_SIGNER_YAML_H_
#define KEYHOLD_CLI_DEVELOPMENT_SIGNER_YAML_H_

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace keyhold {

struct SignerYamlFields {
  std::string listen;
  // Null: no UNIX socket.
  std::optional<uid_t> operator_uid;
  std::string app_identity;
  std::vector<std::string> server_key_ids;
  std::string client_key_id;
};

// The schema is proto/keyhold/signer/v1/config.proto. The values must need no
// escaping in a double-quoted YAML string: addresses, identities and names do
// not.
std::string SignerYaml(const SignerYamlFields& fields);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_DEVELOPMENT_SIGNER_YAML_H_
