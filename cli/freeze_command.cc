#include "cli/freeze_command.h"

#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "cli/exit_code.h"
#include "cli/json_object.h"
#include "signer_service/config/signer_settings.h"
#include "signer_service/core/freeze_list.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {

absl::string_view FreezeCommand::name() const {
  switch (action_) {
    case Action::kFreeze:
      return "freeze";
    case Action::kUnfreeze:
      return "unfreeze";
    case Action::kList:
      break;
  }
  return "frozen";
}

absl::string_view FreezeCommand::summary() const {
  switch (action_) {
    case Action::kFreeze:
      return "Switch a key or an identity of this host's signer off";
    case Action::kUnfreeze:
      return "Switch a frozen key or identity on again";
    case Action::kList:
      break;
  }
  return "List what is frozen";
}

absl::string_view FreezeCommand::examples() const {
  return R"(On the signer's host, as a user who may write its freeze_file. It takes effect
within a second, also for open streams, and holds over restarts of the signer. An
identity is one caller, as the log writes him; all keys of an id go together.

Examples:
  keyhold freeze key www --config /etc/keyhold/signer.yaml
  keyhold freeze identity spiffe://example.org/web/7 --config signer.yaml
  keyhold frozen --config signer.yaml
  keyhold unfreeze key www --config signer.yaml)";
}

void FreezeCommand::AddOptions(CLI::App& app) {
  if (action_ != Action::kList) {
    app.add_option("KIND", kind_, "key or identity")
        ->required()
        ->check(CLI::IsMember({"key", "identity"}));
    app.add_option("NAME", name_, "The key's id, or the caller's identity")
        ->required();
  }
  app.add_option("--config", config_, "The signer's signer.yaml")->required();
  app.add_flag("--json", json_,
               "Print {\"keys\": [...], "
               "\"identities\": [...]}: what is frozen now");
}

absl::Status FreezeCommand::Change(FreezeList& list) const {
  const bool is_key = kind_ == "key";
  if (action_ == Action::kFreeze) {
    const absl::Status frozen =
        is_key ? list.FreezeKey(name_) : list.FreezeIdentity(name_);
    return frozen.ok() ? frozen : UsageError(frozen.message());
  }
  if (is_key ? list.ReleaseKey(name_) : list.ReleaseIdentity(name_)) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(absl::StrCat(
      kind_, " ", name_, " is not frozen; `keyhold frozen` lists what is"));
}

absl::Status FreezeCommand::Run(const Console& console) {
  const absl::StatusOr<SignerSettings> settings = SignerSettings::Load(config_);
  if (!settings.ok()) {
    return absl::FailedPreconditionError(settings.status().message());
  }
  const std::string& path = settings->freeze_file();
  if (action_ != Action::kList) {
    RETURN_IF_ERROR(FreezeList::Update(
        path, [this](FreezeList& list) { return Change(list); }));
    if (!json_) {
      console.out << kind_ << " " << name_
                  << (action_ == Action::kFreeze ? " is frozen\n"
                                                 : " is released\n");
      return absl::OkStatus();
    }
  }
  ASSIGN_OR_RETURN(const FreezeList list, FreezeList::Load(path));
  if (json_) {
    console.out << JsonObject()
                       .Add("keys", std::vector<std::string>(
                                        list.keys().begin(), list.keys().end()))
                       .Add("identities",
                            std::vector<std::string>(list.identities().begin(),
                                                     list.identities().end()))
                       .ToText()
                << "\n";
    return absl::OkStatus();
  }
  for (const std::string& id : list.keys()) console.out << "key " << id << "\n";
  for (const std::string& name : list.identities()) {
    console.out << "identity " << name << "\n";
  }
  return absl::OkStatus();
}

}  // namespace keyhold
