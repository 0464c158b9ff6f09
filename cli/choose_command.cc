#include "cli/choose_command.h"

#include <cstdint>
#include <memory>

#include "CLI/CLI.hpp"
#include "absl/strings/escaping.h"
#include "cli/json_object.h"
#include "cli/key_argument.h"
#include "cli/tls_arguments.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

absl::string_view ChooseCommand::summary() const {
  return "Ask which signature scheme the signer would choose";
}

absl::string_view ChooseCommand::examples() const {
  return R"(Prints the scheme that the signer would sign a handshake with, given what the
TLS peer offers. The order in which schemes are offered plays no part.

Examples:
  keyhold choose rsa.example.test --config dev/app/keyhold.yaml
  keyhold choose rsa.example.test --tls 1.2 --offered rsa_pkcs1_sha256
  keyhold choose ecdsa.example.test --offered 0x0a0a,ecdsa_secp256r1_sha256)";
}

void ChooseCommand::AddOptions(CLI::App& app) {
  app.add_option("KEY", key_, kKeyArgumentHelp)->required();
  app.add_option("--role", role_,
                 "server or client: who signs. Default: what the key is for");
  app.add_option("--tls", tls_version_, "Version of TLS, 1.2 or 1.3")
      ->capture_default_str();
  app.add_option("--offered", offered_,
                 "What the peer offers: IANA names or code points (0x0804), "
                 "with commas between. Default: all that Keyhold can make")
      ->delimiter(',')
      ->allow_extra_args(false);
  app.add_option("--server-name", server_name_,
                 "Name that the handshake is for, where policy asks for one");
  app.add_flag("--json", json_, "Print scheme, code point and policy version");
  connection_.AddTo(app);
}

absl::Status ChooseCommand::Run(const Console& console) {
  signer::v1::ChooseSchemeRequest request;
  ASSIGN_OR_RETURN(const std::vector<uint32_t> offered, ParseOffered(offered_));
  ASSIGN_OR_RETURN(const signer::v1::TlsVersion version,
                   ParseTlsVersion(tls_version_));
  ASSIGN_OR_RETURN(const std::shared_ptr<SignerClient> client,
                   connection_.Connect());
  ASSIGN_OR_RETURN(const signer::v1::Key key,
                   FindOneKey(*client, key_, console));
  ASSIGN_OR_RETURN(const signer::v1::Role role, ParseRole(role_, key));
  request.set_spki_sha256(key.spki_sha256());
  request.set_role(role);
  request.set_tls_version(version);
  request.set_server_name(server_name_);
  request.mutable_offered()->Assign(offered.begin(), offered.end());
  ASSIGN_OR_RETURN(const signer::v1::ChooseSchemeResponse response,
                   client->ChooseScheme(request));

  const std::string name =
      SchemeName(static_cast<SignatureScheme>(response.scheme()));
  if (json_) {
    console.out << JsonObject()
                       .Add("scheme", name)
                       .Add("code_point", CodePointText(response.scheme()))
                       .Add("policy_version",
                            absl::BytesToHexString(response.policy_version()))
                       .ToText()
                << "\n";
  } else {
    console.out << name << "\n";
  }
  return absl::OkStatus();
}

}  // namespace keyhold
