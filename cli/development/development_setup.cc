#include "cli/development/development_setup.h"

#include <arpa/inet.h>

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "cli/development/certificate_authority.h"
#include "cli/development/generated_key.h"
#include "cli/development/signer_yaml.h"
#include "signer_service/config/listen_address.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

constexpr int kMaxValidDays = 3650;
// So that a peer whose clock is a little behind takes the certificates.
constexpr absl::Duration kClockSkew = absl::Hours(1);

absl::Status CheckOptions(const DevelopmentSetupOptions& options) {
  if (options.valid_days < 1 || options.valid_days > kMaxValidDays) {
    return absl::InvalidArgumentError(
        absl::StrCat("certificates may be valid for 1 to ", kMaxValidDays,
                     " days, not ", options.valid_days));
  }
  if (options.sites.empty()) {
    return absl::InvalidArgumentError("name at least one site");
  }
  absl::flat_hash_set<std::string> names = {std::string(kClientKeyId)};
  for (const DevelopmentSite& site : options.sites) {
    if (!names.insert(site.name).second) {
      return absl::InvalidArgumentError(
          site.name == kClientKeyId
              ? absl::StrCat("\"", site.name,
                             "\" is the id of the client's key: give the site "
                             "another name")
              : absl::StrCat("the site ", site.name, " is named twice"));
    }
  }
  return absl::OkStatus();
}

// Collects the files.
class FileSet {
 public:
  absl::Status AddText(absl::string_view path, absl::string_view text) {
    ASSIGN_OR_RETURN(SecretBytes content, SecretBytes::CopyOf(text));
    files_.push_back({std::string(path), 0644, std::move(content)});
    return absl::OkStatus();
  }
  void AddSecret(absl::string_view path, SecretBytes content) {
    files_.push_back({std::string(path), 0600, std::move(content)});
  }
  // A new key and its certificate, STEM.key and STEM.crt; returns the
  // certificate.
  absl::StatusOr<std::string> AddPair(absl::string_view stem, KeyType type,
                                      const CertificateAuthority& ca,
                                      const CertificateProfile& fields) {
    ASSIGN_OR_RETURN(const GeneratedKey key, GeneratedKey::Create(type));
    ASSIGN_OR_RETURN(std::string certificate, ca.Issue(key, fields));
    ASSIGN_OR_RETURN(SecretBytes key_pem, key.ToPem());
    AddSecret(absl::StrCat(stem, ".key"), std::move(key_pem));
    RETURN_IF_ERROR(AddText(absl::StrCat(stem, ".crt"), certificate));
    return certificate;
  }
  absl::StatusOr<std::string> AddCa(absl::string_view stem,
                                    const CertificateAuthority& ca) {
    ASSIGN_OR_RETURN(SecretBytes key_pem, ca.PrivateKeyPem());
    ASSIGN_OR_RETURN(std::string certificate, ca.CertificatePem());
    AddSecret(absl::StrCat(stem, ".key"), std::move(key_pem));
    RETURN_IF_ERROR(AddText(absl::StrCat(stem, ".crt"), certificate));
    return certificate;
  }
  // By path.
  std::vector<SetupFile> Take() && {
    std::sort(
        files_.begin(), files_.end(),
        [](const SetupFile& a, const SetupFile& b) { return a.path < b.path; });
    return std::move(files_);
  }

 private:
  std::vector<SetupFile> files_;
};

absl::StatusOr<ListenAddress> ParseListen(absl::string_view text) {
  absl::StatusOr<ListenAddress> listen = ListenAddress::Parse(text);
  if (listen.ok()) return listen;
  return absl::InvalidArgumentError(
      absl::StrCat("the address to listen on: ", listen.status().message()));
}

// No client can connect to these.
bool IsAny(const ListenAddress& listen) {
  return listen.host() == "0.0.0.0" || listen.host() == "::";
}

bool IsIpAddress(const std::string& text) {
  in6_addr parsed;  // room for either family
  return inet_pton(AF_INET, text.c_str(), &parsed) == 1 ||
         inet_pton(AF_INET6, text.c_str(), &parsed) == 1;
}

// What a client on the signer's host connects to.
std::string LocalTarget(const ListenAddress& listen) {
  return IsAny(listen) ? absl::StrCat("localhost:", listen.port())
                       : listen.WithPort(listen.port());
}

CertificateProfile SignerProfile(const DevelopmentSetupOptions& options,
                                 const ListenAddress& listen) {
  CertificateProfile fields;
  fields.common_name = "Keyhold development signer";
  fields.server_auth = true;
  fields.uris = {std::string(kSignerIdentity)};
  fields.dns_names = {"localhost"};
  fields.ip_addresses = {"127.0.0.1", "::1"};
  const auto add = [&fields](const std::string& name) {
    std::vector<std::string>& names =
        IsIpAddress(name) ? fields.ip_addresses : fields.dns_names;
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      names.push_back(name);
    }
  };
  if (!IsAny(listen)) add(listen.host());
  for (const std::string& name : options.signer_names) add(name);
  return fields;
}

std::string AppYaml(const ListenAddress& listen) {
  return absl::StrCat(
      "# Written by `keyhold init`: how the keyhold command reaches the "
      "signer.\n"
      "# Relative paths start at the folder of this file.\n"
      "signer: \"",
      LocalTarget(listen),
      "\"\n"
      "certificate: transport.crt\n"
      "private_key: transport.key\n"
      "ca: signer-ca.crt\n");
}

absl::Status AddTransport(const DevelopmentSetupOptions& options,
                          const ListenAddress& listen, Validity validity,
                          FileSet& files) {
  ASSIGN_OR_RETURN(const CertificateAuthority ca,
                   CertificateAuthority::Create(
                       "Keyhold development transport CA", validity));
  ASSIGN_OR_RETURN(const std::string ca_pem,
                   files.AddCa("ca/transport-ca", ca));
  RETURN_IF_ERROR(files
                      .AddPair("signer/transport", KeyType::kEcdsaP256, ca,
                               SignerProfile(options, listen))
                      .status());
  RETURN_IF_ERROR(files.AddText("signer/client-ca.crt", ca_pem));
  CertificateProfile app;
  app.common_name = "Keyhold development application";
  app.uris = {std::string(kAppIdentity)};
  app.client_auth = true;
  RETURN_IF_ERROR(
      files.AddPair("app/transport", KeyType::kEcdsaP256, ca, app).status());
  return files.AddText("app/signer-ca.crt", ca_pem);
}

absl::Status AddAuditKey(FileSet& files) {
  ASSIGN_OR_RETURN(const GeneratedKey key,
                   GeneratedKey::Create(KeyType::kEd25519));
  ASSIGN_OR_RETURN(SecretBytes key_pem, key.ToPem());
  ASSIGN_OR_RETURN(const std::string public_pem, key.ToPublicPem());
  files.AddSecret("signer/audit.key", std::move(key_pem));
  return files.AddText("signer/audit.pub", public_pem);
}

absl::Status AddSites(const DevelopmentSetupOptions& options, Validity validity,
                      FileSet& files) {
  ASSIGN_OR_RETURN(
      const CertificateAuthority ca,
      CertificateAuthority::Create("Keyhold development site CA", validity));
  ASSIGN_OR_RETURN(const std::string ca_pem, files.AddCa("ca/site-ca", ca));
  RETURN_IF_ERROR(files.AddText("app/site-ca.crt", ca_pem));
  for (const DevelopmentSite& site : options.sites) {
    CertificateProfile fields;
    // X.520 allows 64 characters; the name that counts is the dNSName.
    fields.common_name = site.name.substr(0, 64);
    fields.dns_names = {site.name};
    fields.server_auth = true;
    ASSIGN_OR_RETURN(const std::string certificate,
                     files.AddPair(absl::StrCat("signer/keys/", site.name),
                                   site.key_type, ca, fields));
    RETURN_IF_ERROR(files.AddText(absl::StrCat("app/sites/", site.name, ".crt"),
                                  certificate));
  }
  CertificateProfile client;
  client.common_name = std::string(kClientKeyId);
  client.uris = {std::string(kAppIdentity)};
  client.client_auth = true;
  ASSIGN_OR_RETURN(const std::string certificate,
                   files.AddPair(absl::StrCat("signer/keys/", kClientKeyId),
                                 KeyType::kEcdsaP256, ca, client));
  return files.AddText("app/client.crt", certificate);
}

}  // namespace

absl::StatusOr<DevelopmentSetup> MakeDevelopmentSetup(
    const DevelopmentSetupOptions& options) {
  RETURN_IF_ERROR(CheckOptions(options));
  ASSIGN_OR_RETURN(const ListenAddress listen, ParseListen(options.listen));
  const Validity validity = {
      options.now - kClockSkew,
      options.now + absl::Hours(24) * options.valid_days};
  FileSet files;
  RETURN_IF_ERROR(AddTransport(options, listen, validity, files));
  RETURN_IF_ERROR(AddSites(options, validity, files));
  RETURN_IF_ERROR(AddAuditKey(files));

  SignerYamlFields yaml;
  yaml.listen = listen.WithPort(listen.port());
  yaml.operator_uid = options.operator_uid;
  yaml.app_identity = std::string(kAppIdentity);
  yaml.client_key_id = std::string(kClientKeyId);
  for (const DevelopmentSite& site : options.sites) {
    yaml.server_key_ids.push_back(site.name);
  }
  RETURN_IF_ERROR(files.AddText("signer/signer.yaml", SignerYaml(yaml)));
  RETURN_IF_ERROR(files.AddText("app/keyhold.yaml", AppYaml(listen)));
  return DevelopmentSetup{{{"ca", 0700},
                           {"signer", 0700},
                           {"signer/keys", 0700},
                           {"app", 0755},
                           {"app/sites", 0755}},
                          std::move(files).Take()};
}

}  // namespace keyhold
