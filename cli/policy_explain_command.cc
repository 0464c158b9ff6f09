#include "cli/policy_explain_command.h"

#include "CLI/CLI.hpp"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/exit_code.h"
#include "cli/json_object.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

absl::StatusOr<signer::v1::Usage> ParseUsage(const std::string& name) {
  signer::v1::Usage usage = signer::v1::USAGE_UNSPECIFIED;
  if (signer::v1::Usage_Parse(
          absl::StrCat("USAGE_", absl::AsciiStrToUpper(name)), &usage) &&
      usage != signer::v1::USAGE_UNSPECIFIED) {
    return usage;
  }
  std::string known;
  for (int value = 1; value <= signer::v1::Usage_MAX; ++value) {
    absl::StrAppend(&known, value == 1 ? "" : ", ",
                    UsageName(static_cast<signer::v1::Usage>(value)));
  }
  return UsageError(
      absl::StrCat("--usage: expected one of ", known, ", got \"", name, "\""));
}

// As the service does: the settings', else server.
RoleSet RolesOf(const SignerSettings& settings, const std::string& key) {
  const auto found = settings.keys().by_id.find(key);
  if (found != settings.keys().by_id.end() && !found->second.roles.empty()) {
    return found->second.roles;
  }
  return RoleSet::ServerOnly();
}

}  // namespace

absl::string_view PolicyExplainCommand::summary() const {
  return "Say which rule of a signer.yaml allows a request, or why none does";
}

absl::string_view PolicyExplainCommand::examples() const {
  return R"(Reads the configuration only: neither keys nor a signer. A key's roles are those of
keys.settings, else server; where its certificate says otherwise, give --role.
The exit code is that of the request: 0 allowed, 3 refused, 4 no such key for him.

Examples:
  keyhold policy explain --config signer.yaml --key www --usage tls13_server \
      --identity spiffe://example.org/web/1
  keyhold policy explain --config signer.yaml --key www --usage digest \
      --identity uid:33 --scheme rsa_pkcs1_sha256 --server-name www.example.org)";
}

void PolicyExplainCommand::AddOptions(CLI::App& app) {
  app.add_option("--config", config_, "The signer's signer.yaml")->required();
  app.add_option("--identity", identity_, "The caller, as the log writes him")
      ->required();
  app.add_option("--key", key_, "The key's id")->required();
  app.add_option("--usage", usage_, "What for: tls13_server, digest, csr ...")
      ->required();
  app.add_option("--scheme", scheme_, "IANA name. Default: any");
  app.add_option("--server-name", server_name_,
                 "The name that the request states. Default: none");
  app.add_option("--role", roles_, "server or client, may be repeated")
      ->check(CLI::IsMember({"server", "client"}));
  app.add_flag("--json", json_, "Print allowed, message and rules as JSON");
}

absl::StatusOr<PolicyQuestion> PolicyExplainCommand::Question(
    const SignerSettings& settings) const {
  PolicyQuestion question;
  const absl::StatusOr<Identity> identity = Identity::FromName(identity_);
  if (!identity.ok()) {
    return UsageError(absl::StrCat("--", identity.status().message()));
  }
  question.identity = *identity;
  question.key_id = key_;
  ASSIGN_OR_RETURN(question.usage, ParseUsage(usage_));
  question.server_name = server_name_;
  if (!scheme_.empty()) {
    const absl::StatusOr<SignatureScheme> scheme = ParseSchemeName(scheme_);
    if (!scheme.ok()) {
      return UsageError(absl::StrCat("--scheme: ", scheme.status().message()));
    }
    question.scheme = *scheme;
  }
  for (const std::string& role : roles_) {
    question.roles.Insert(role == "client" ? signer::v1::ROLE_CLIENT
                                           : signer::v1::ROLE_SERVER);
  }
  if (roles_.empty()) question.roles = RolesOf(settings, key_);
  return question;
}

absl::Status PolicyExplainCommand::Run(const Console& console) {
  const absl::StatusOr<SignerSettings> settings = SignerSettings::Load(config_);
  if (!settings.ok()) {
    return absl::FailedPreconditionError(settings.status().message());
  }
  ASSIGN_OR_RETURN(const PolicyQuestion question, Question(*settings));
  const PolicyExplanation explanation =
      ExplainPolicy(settings->rules(), question);
  std::vector<std::string> rules;
  for (const RuleVerdict& rule : explanation.rules) {
    rules.push_back(absl::StrCat(rule.rule, ": ", rule.why));
  }
  if (json_) {
    console.out << JsonObject()
                       .Add("allowed", explanation.answer.ok())
                       .Add("message", explanation.answer.message())
                       .Add("rules", rules)
                       .ToText()
                << "\n";
  } else {
    console.out << (explanation.answer.ok() ? "allowed" : "refused") << "\n";
    for (const std::string& rule : rules) console.out << "  " << rule << "\n";
  }
  return explanation.answer;
}

}  // namespace keyhold
