#include "cli/keys_list_command.h"

#include <memory>
#include <vector>

#include "CLI/CLI.hpp"
#include "cli/key_text.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

absl::string_view KeysListCommand::summary() const {
  return "List the keys that you may know of";
}

absl::string_view KeysListCommand::examples() const {
  return R"(A key that no rule of the signer's policy grants you is not listed.

Examples:
  keyhold keys list --config dev/app/keyhold.yaml
  keyhold keys list --signer unix:dev/signer/signer.sock
  keyhold keys list --config dev/app/keyhold.yaml --json | jq -r '.keys[].id')";
}

void KeysListCommand::AddOptions(CLI::App& app) {
  app.add_flag("--json", json_, "Print {\"keys\": [...]}");
  connection_.AddTo(app);
}

absl::Status KeysListCommand::Run(const Console& console) {
  ASSIGN_OR_RETURN(const std::shared_ptr<SignerClient> client,
                   connection_.Connect());
  ASSIGN_OR_RETURN(const std::vector<signer::v1::Key> keys, client->ListKeys());
  if (json_) {
    console.out << KeysJson(keys).ToText() << "\n";
  } else if (keys.empty()) {
    console.err << "No keys: the policy of " << client->endpoint()
                << " grants this identity none.\n";
  } else {
    console.out << KeyTable(keys);
  }
  return absl::OkStatus();
}

}  // namespace keyhold
