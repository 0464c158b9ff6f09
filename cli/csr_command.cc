#include "cli/csr_command.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>

#include "CLI/CLI.hpp"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "cli/exit_code.h"
#include "cli/json_object.h"
#include "cli/key_argument.h"
#include "cli/signed_object.h"
#include "cli/tls_arguments.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {
namespace {

// Certification authorities know PKCS#1 better than PSS.
void OfferSchemes(const signer::v1::Key& key,
                  signer::v1::SignRequest& request) {
  for (const uint32_t point : key.schemes()) {
    const SchemeInfo* scheme = FindScheme(static_cast<SignatureScheme>(point));
    if (scheme != nullptr &&
        scheme->algorithm == SignatureAlgorithm::kRsaPkcs1) {
      request.add_offered_schemes(point);
    }
  }
  if (request.offered_schemes().empty()) {
    *request.mutable_offered_schemes() = key.schemes();
  }
}

absl::Status WriteText(const std::string& path, absl::string_view text) {
  std::ofstream file(path, std::ios::trunc);
  file << text;
  file.close();
  if (file) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("cannot write ", path, ": ", std::strerror(errno)));
}

}  // namespace

absl::string_view CsrCommand::summary() const {
  return "Make a certificate request for a key of the signer";
}

absl::string_view CsrCommand::examples() const {
  return R"(The signer builds the request from the names and signs it; the names default to
those of the certificate that the key has. Policy must allow the usage csr, or
self_signed for --self-signed, and each of the names.

Examples:
  keyhold csr www --dns www.example.org --dns example.org --out www.csr
  keyhold csr www                                  to renew its certificate
  keyhold csr dev --self-signed --dns dev.test --days 7 > dev.crt)";
}

void CsrCommand::AddOptions(CLI::App& app) {
  app.add_option("KEY", key_, kKeyArgumentHelp)->required();
  app.add_option("--dns", dns_names_,
                 "DNS name, may be repeated. Default: those of the key's "
                 "certificate");
  app.add_option("--cn", common_name_, "Common name of the subject");
  app.add_option("--scheme", scheme_,
                 "IANA name or code point. Default: the signer chooses, for an "
                 "RSA key among PKCS#1");
  app.add_flag("--self-signed", self_signed_,
               "A certificate for development instead of a request");
  app.add_option("--days", days_,
                 "For --self-signed: days that it is valid, 1 to 90. Default: "
                 "30");
  app.add_option("--out", out_, "Write to this file instead");
  app.add_flag("--json", json_, "Print key, scheme, and the PEM text");
  connection_.AddTo(app);
}

absl::StatusOr<signer::v1::SignRequest> CsrCommand::MakeRequest(
    const signer::v1::Key& key) const {
  signer::v1::SignRequest request;
  request.set_spki_sha256(key.spki_sha256());
  if (scheme_.empty()) {
    OfferSchemes(key, request);
  } else {
    ASSIGN_OR_RETURN(const uint32_t scheme, ParseSchemeArgument(scheme_));
    request.set_scheme(scheme);
  }
  std::vector<std::string> names = dns_names_;
  if (names.empty() && common_name_.empty()) {
    names.assign(key.server_names().begin(), key.server_names().end());
    if (names.empty()) {
      return UsageError(
          "the key has no certificate whose names could be taken: give --dns");
    }
  }
  if (!self_signed_) {
    request.mutable_csr()->set_common_name(common_name_);
    *request.mutable_csr()->mutable_dns_names() = {names.begin(), names.end()};
    return request;
  }
  auto* certificate = request.mutable_self_signed_certificate();
  *certificate->mutable_dns_names() = {names.begin(), names.end()};
  certificate->set_valid_days(days_);
  return request;
}

absl::Status CsrCommand::Run(const Console& console) {
  if (self_signed_ && !common_name_.empty()) {
    return UsageError("--cn is for requests; a certificate has --dns only");
  }
  if (!self_signed_ && days_ != 0) {
    return UsageError("--days is for --self-signed; an issuer decides else");
  }
  ASSIGN_OR_RETURN(const std::shared_ptr<SignerClient> client,
                   connection_.Connect());
  ASSIGN_OR_RETURN(const signer::v1::Key key,
                   FindOneKey(*client, key_, console));
  ASSIGN_OR_RETURN(signer::v1::SignRequest request, MakeRequest(key));
  ASSIGN_OR_RETURN(const signer::v1::SignResponse response,
                   client->Sign(std::move(request)));
  ASSIGN_OR_RETURN(
      const std::string pem,
      self_signed_
          ? CertificatePem(response.signed_object(), key.spki())
          : CertificateRequestPem(response.signed_object(), key.spki()));
  if (!out_.empty()) return WriteText(out_, pem);
  if (!json_) {
    console.out << pem;
    return absl::OkStatus();
  }
  JsonObject json;
  json.Add("key", key.id());
  json.Add("spki_sha256", absl::BytesToHexString(key.spki_sha256()));
  json.Add("scheme",
           SchemeName(static_cast<SignatureScheme>(response.scheme())));
  json.Add("pem", pem);
  console.out << json.ToText() << "\n";
  return absl::OkStatus();
}

}  // namespace keyhold
