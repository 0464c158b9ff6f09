#include "cli/connection_options.h"

#include <utility>

#include "CLI/CLI.hpp"
#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "cli/connection_file.h"
#include "cli/exit_code.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

constexpr char kGroup[] = "Connection";

const std::string& FirstNotEmpty(const std::string& a, const std::string& b) {
  return a.empty() ? b : a;
}

}  // namespace

void ConnectionOptions::AddTo(CLI::App& app) {
  const auto add = [&app](const char* flag, std::string& value,
                          const char* variable, const char* text) {
    app.add_option(flag, value, text)->envname(variable)->group(kGroup);
  };
  add("--config", config_, "KEYHOLD_CONFIG",
      "File with the settings below (keyhold init writes app/keyhold.yaml)");
  app.add_option("--signer", signers_,
                 "HOST:PORT (mutual TLS) or unix:PATH (you are your uid); "
                 "several, separated by commas, if they hold the same keys")
      ->delimiter(',')
      ->envname("KEYHOLD_SIGNER")
      ->group(kGroup);
  add("--certificate", certificate_, "KEYHOLD_CERTIFICATE",
      "PEM chain of your transport certificate: your identity");
  add("--private-key", private_key_, "KEYHOLD_PRIVATE_KEY",
      "PEM private key for it");
  add("--ca", ca_, "KEYHOLD_CA", "PEM certificates of the signer's CA");
  add("--signer-name", server_name_, "KEYHOLD_SIGNER_NAME",
      "Name in the signer's certificate, if it is not HOST");
  app.add_option("--timeout", timeout_seconds_,
                 "Seconds until the command gives up")
      ->check(CLI::Range(0.001, 3600.0))
      ->capture_default_str()
      ->group(kGroup);
}

absl::StatusOr<SignerClientOptions> ConnectionOptions::Resolve() const {
  ConnectionFile file;
  if (!config_.empty()) {
    ASSIGN_OR_RETURN(file, ReadConnectionFile(config_));
  }
  SignerClientOptions options;
  options.endpoints = signers_.empty() ? file.signers : signers_;
  if (options.endpoints.empty()) {
    return UsageError(
        "which signer? Give --signer HOST:PORT or --signer unix:PATH, or name "
        "a file with --config (keyhold init writes DIR/app/keyhold.yaml)");
  }
  options.default_timeout = absl::Seconds(timeout_seconds_);
  const auto remote = absl::c_find_if_not(
      options.endpoints,
      [](const std::string& each) { return absl::StartsWith(each, "unix:"); });
  if (remote == options.endpoints.end()) return options;

  SignerTlsFiles tls;
  tls.certificate_file = FirstNotEmpty(certificate_, file.certificate);
  tls.private_key_file = FirstNotEmpty(private_key_, file.private_key);
  tls.ca_file = FirstNotEmpty(ca_, file.ca);
  tls.server_name = FirstNotEmpty(server_name_, file.server_name);
  for (const auto& [flag, value] : {std::pair<const char*, const std::string&>(
                                        "--certificate", tls.certificate_file),
                                    {"--private-key", tls.private_key_file},
                                    {"--ca", tls.ca_file}}) {
    if (value.empty()) {
      return UsageError(
          absl::StrCat("a signer at ", *remote, " needs ", flag,
                       ": over TCP both sides show certificates"));
    }
  }
  options.tls = std::move(tls);
  return options;
}

absl::StatusOr<std::shared_ptr<SignerClient>> ConnectionOptions::Connect()
    const {
  ASSIGN_OR_RETURN(SignerClientOptions options, Resolve());
  return SignerClient::Create(std::move(options));
}

}  // namespace keyhold
