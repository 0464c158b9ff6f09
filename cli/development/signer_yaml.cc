#include "cli/development/signer_yaml.h"

#include "absl/strings/str_cat.h"

namespace keyhold {
namespace {

std::string KeyLines(const std::vector<std::string>& ids) {
  std::string lines;
  for (const std::string& id : ids) {
    absl::StrAppend(&lines, "        - \"", id, "\"\n");
  }
  return lines;
}

std::string ListenSection(const SignerYamlFields& fields) {
  std::string text = absl::StrCat(
      "listen:\n"
      "  # Mutual TLS: the caller's identity is its certificate.\n"
      "  tcp:\n"
      "    - address: \"",
      fields.listen,
      "\"\n"
      "      certificate_file: transport.crt\n"
      "      private_key_file: transport.key\n"
      "      client_ca_file: client-ca.crt\n");
  if (fields.operator_uid.has_value()) {
    absl::StrAppend(&text,
                    "  # For the command line on this host: the caller's "
                    "identity is its uid.\n"
                    "  unix:\n"
                    "    - path: signer.sock\n"
                    "      mode: \"0600\"\n");
  }
  return text;
}

std::string PolicySection(const SignerYamlFields& fields) {
  std::string text = absl::StrCat(
      "# Whatever no rule allows is refused.\n"
      "policy:\n"
      "  rules:\n"
      "    # With no usages named, a rule grants the TLS handshake signatures\n"
      "    # of the key's own role, and nothing else.\n"
      "    - name: application\n"
      "      identities:\n"
      "        - \"",
      fields.app_identity,
      "\"\n"
      "      keys:\n",
      KeyLines(fields.server_key_ids), KeyLines({fields.client_key_id}));
  if (fields.operator_uid.has_value()) {
    absl::StrAppend(&text,
                    "    - name: local operator\n"
                    "      identities:\n"
                    "        - \"uid:",
                    *fields.operator_uid,
                    "\"\n"
                    "      keys:\n"
                    "        - \"*\"\n");
  }
  return text;
}

}  // namespace

std::string SignerYaml(const SignerYamlFields& fields) {
  return absl::StrCat(
      "# Written by `keyhold init`, for development.\n"
      "# Relative paths start at the folder of this file, so the folder can "
      "be\n"
      "# copied to another host as it is. Every field is described in\n"
      "# proto/keyhold/signer/v1/config.proto. Check a change with\n"
      "#   keyhold check-config signer.yaml\n",
      ListenSection(fields),
      "keys:\n"
      "  directories:\n"
      "    - keys\n"
      "  settings:\n"
      "    - id: \"",
      fields.client_key_id,
      "\"\n"
      "      roles: [client]\n"
      "# A record of each signature, written before it is released. Check it "
      "with\n"
      "#   keyhold audit verify audit --public-key audit.pub\n"
      "audit:\n"
      "  directory: audit\n"
      "  key_file: audit.key\n",
      PolicySection(fields));
}

}  // namespace keyhold
