#include "cli/keys_show_command.h"

#include <memory>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_join.h"
#include "cli/key_argument.h"
#include "cli/key_text.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

absl::string_view KeysShowCommand::summary() const {
  return "Show what is known of a key";
}

absl::string_view KeysShowCommand::examples() const {
  return R"(KEY may name several keys: an RSA and an ECDSA key of one id, say.

Examples:
  keyhold keys show rsa.example.test --config dev/app/keyhold.yaml
  keyhold keys show name:www.example.org
  keyhold keys show cert:/etc/nginx/www.crt      is its key on the signer?)";
}

void KeysShowCommand::AddOptions(CLI::App& app) {
  app.add_option("KEY", key_, kKeyArgumentHelp)->required();
  app.add_flag("--json", json_,
               "Print {\"keys\": [...]}, with certificate chains");
  connection_.AddTo(app);
}

absl::Status KeysShowCommand::Run(const Console& console) {
  ASSIGN_OR_RETURN(const signer::v1::KeySelector selector,
                   ParseKeyArgument(key_, console));
  ASSIGN_OR_RETURN(const std::shared_ptr<SignerClient> client,
                   connection_.Connect());
  ASSIGN_OR_RETURN(const std::vector<signer::v1::Key> keys,
                   client->GetKey(selector));
  if (json_) {
    console.out << KeysJson(keys).ToText() << "\n";
    return absl::OkStatus();
  }
  const auto details = [](std::string* out, const signer::v1::Key& key) {
    out->append(KeyDetails(key));
  };
  console.out << absl::StrJoin(keys, "\n", details);
  return absl::OkStatus();
}

}  // namespace keyhold
