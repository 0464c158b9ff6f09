#include "cli/init_command.h"

#include <unistd.h>

#include <filesystem>
#include <system_error>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "cli/development/development_setup.h"
#include "cli/development/development_site.h"
#include "cli/development/setup_folder.h"
#include "cli/exit_code.h"
#include "cli/json_object.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

// sockaddr_un.sun_path, without its final zero byte.
constexpr size_t kMaxSocketPath = 107;
// What the kernel calls users that it does not know: no rule can name it.
constexpr uid_t kUnknownUid = 65534;

// Null if the socket's path would be too long for the system, or if who runs
// this could not be told from an unknown user.
std::optional<uid_t> OperatorUid(const std::string& folder) {
  std::error_code error;
  const std::string socket = absl::StrCat(
      std::filesystem::absolute(folder, error).string(), "/signer/signer.sock");
  if (error || socket.size() > kMaxSocketPath) return std::nullopt;
  if (geteuid() == kUnknownUid) return std::nullopt;
  return geteuid();
}

void PrintText(const std::string& folder, const DevelopmentSetup& setup,
               const Console& console) {
  console.out << "Made a setup for development in " << folder << "\n\n";
  for (const SetupFile& file : setup.files) {
    console.out << absl::StrFormat("  %04o  %s/%s\n", file.mode, folder,
                                   file.path);
  }
  console.out << absl::StrFormat(
      R"(
signer/  goes to the signer's host: only there are the sites' private keys.
app/     goes to the application's host: certificates, and one private key,
         that of the application's own identity %1$s.
ca/      stays with whoever issues certificates. Anyone who has it can
         impersonate every host of this setup: not for production.

Next:
  keyhold check-config %2$s/signer/signer.yaml
  keyhold-signer --config %2$s/signer/signer.yaml
  keyhold keys list --config %2$s/app/keyhold.yaml
)",
      kAppIdentity, folder);
}

void PrintJson(const std::string& folder, const DevelopmentSetup& setup,
               const Console& console) {
  std::vector<JsonObject> files;
  for (const SetupFile& file : setup.files) {
    files.push_back(JsonObject()
                        .Add("path", file.path)
                        .Add("mode", absl::StrFormat("%04o", file.mode))
                        .Add("secret", file.mode == 0600));
  }
  console.out << JsonObject()
                     .Add("folder", folder)
                     .Add("app_identity", kAppIdentity)
                     .Add("signer_identity", kSignerIdentity)
                     .Add("files", files)
                     .ToText()
              << "\n";
}

absl::Status AsUsageError(const absl::Status& status) {
  return absl::IsInvalidArgument(status) ? UsageError(status.message())
                                         : status;
}

}  // namespace

absl::string_view InitCommand::summary() const {
  return "Make a development CA, keys, certificates and a signer.yaml";
}

absl::string_view InitCommand::examples() const {
  return R"(Makes three folders in DIR: signer/ for the signer's host, app/ for the
application's host, and ca/ with the two development CAs. The application may
make the TLS signatures of every site and of its client certificate.

Examples:
  keyhold init dev
  keyhold init dev --force                       make all of it anew
  keyhold init dev --site www.example.test:rsa --site api.example.test
  keyhold init dev --listen 10.0.0.2:7443 --signer-name signer.internal)";
}

void InitCommand::AddOptions(CLI::App& app) {
  app.add_option("DIR", folder_, "A new or empty folder")->required();
  app.add_flag("--force", force_,
               "Replace the files that an earlier init made in DIR");
  app.add_option("--listen", listen_,
                 "IP address and port on which the signer will listen")
      ->capture_default_str();
  app.add_option("--site", sites_,
                 "NAME or NAME:TYPE, TYPE one of rsa, rsa-pss, p256, p384, "
                 "p521, ed25519, ed448; may be repeated. Default: "
                 "rsa.example.test:rsa, ecdsa.example.test:p256 and "
                 "ed25519.example.test:ed25519")
      // Else DIR, if it stands next, would be taken for another site.
      ->allow_extra_args(false);
  app.add_option("--signer-name", signer_names_,
                 "Further DNS name or IP address for the signer's "
                 "certificate; may be repeated")
      ->allow_extra_args(false);
  app.add_option("--days", valid_days_, "How long the certificates are valid")
      ->capture_default_str();
  app.add_flag("--json", json_, "Print what was made as JSON");
}

absl::Status InitCommand::Run(const Console& console) {
  DevelopmentSetupOptions options;
  options.listen = listen_;
  options.signer_names = signer_names_;
  options.valid_days = valid_days_;
  options.operator_uid = OperatorUid(folder_);
  options.now = absl::Now();
  if (!sites_.empty()) options.sites.clear();
  for (const std::string& text : sites_) {
    absl::StatusOr<DevelopmentSite> site = ParseDevelopmentSite(text);
    if (!site.ok()) return AsUsageError(site.status());
    options.sites.push_back(*std::move(site));
  }
  ASSIGN_OR_RETURN(const SetupFolder folder,
                   SetupFolder::Open(folder_, force_));
  absl::StatusOr<DevelopmentSetup> setup = MakeDevelopmentSetup(options);
  if (!setup.ok()) return AsUsageError(setup.status());
  RETURN_IF_ERROR(folder.Write(*setup));
  if (json_) {
    PrintJson(folder_, *setup, console);
  } else {
    PrintText(folder_, *setup, console);
  }
  return absl::OkStatus();
}

}  // namespace keyhold
