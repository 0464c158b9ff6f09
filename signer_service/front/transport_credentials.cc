#include "signer_service/front/transport_credentials.h"

#include <stdlib.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"
#include "openssl/pem.h"
#include "tls_lib/base/file_text.h"
#include "tls_lib/base/openssl_error.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/certificate_fields.h"
#include "tls_lib/core/certified_key.h"

namespace keyhold {
namespace {

// Without a terminal to ask at: a password is an error.
int RefusePassword(char* /*buffer*/, int /*size*/, int /*writing*/,
                   void* /*data*/) {
  return -1;
}

absl::Status WithPath(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(),
                      absl::StrCat(path, ": ", status.message()));
}

absl::StatusOr<std::vector<std::string>> ReadCertificates(
    const std::string& path) {
  ASSIGN_OR_RETURN(const std::string pem, ReadFileText(path));
  absl::StatusOr<std::vector<std::string>> chain = ParsePemCertificates(pem);
  if (!chain.ok()) return WithPath(path, chain.status());
  return chain;
}

absl::StatusOr<X509Ptr> ParseCertificate(const std::string& path,
                                         const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  X509Ptr certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
  if (certificate == nullptr) {
    return WithPath(path, OpensslError(absl::StatusCode::kInvalidArgument,
                                       "holds a broken certificate"));
  }
  return certificate;
}

absl::StatusOr<EvpPkeyPtr> ReadTransportKey(const std::string& path) {
  const BioPtr file(BIO_new_file(path.c_str(), "r"));
  if (file == nullptr) {
    return WithPath(path, OpensslError(absl::StatusCode::kPermissionDenied,
                                       "cannot be read"));
  }
  EvpPkeyPtr key(
      PEM_read_bio_PrivateKey(file.get(), nullptr, RefusePassword, nullptr));
  if (key == nullptr) {
    return WithPath(path, OpensslError(absl::StatusCode::kInvalidArgument,
                                       "expected a PEM private key without a "
                                       "password"));
  }
  return key;
}

absl::Status CheckValidity(const std::string& path, const std::string& der) {
  absl::StatusOr<CertificateFields> fields = ReadCertificateFields(der);
  if (!fields.ok()) return WithPath(path, fields.status());
  const absl::Time now = absl::Now();
  if (fields->not_after < now) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, ": the service's own certificate expired at ",
        absl::FormatTime(absl::RFC3339_sec, fields->not_after,
                         absl::UTCTimeZone()),
        "; every client would refuse it: renew it and start again"));
  }
  if (fields->not_before > now) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, ": the service's own certificate is not valid before ",
        absl::FormatTime(absl::RFC3339_sec, fields->not_before,
                         absl::UTCTimeZone()),
        "; check this host's clock"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckTransportFiles(const TcpListenerSettings& listener) {
  ASSIGN_OR_RETURN(const std::vector<std::string> chain,
                   ReadCertificates(listener.certificate_file));
  ASSIGN_OR_RETURN(const X509Ptr leaf,
                   ParseCertificate(listener.certificate_file, chain[0]));
  ASSIGN_OR_RETURN(const EvpPkeyPtr key,
                   ReadTransportKey(listener.private_key_file));
  if (X509_check_private_key(leaf.get(), key.get()) != 1) {
    TakeOpensslErrors();
    return absl::InvalidArgumentError(absl::StrCat(
        listener.private_key_file, ": is not the key of the certificate in ",
        listener.certificate_file));
  }
  RETURN_IF_ERROR(CheckValidity(listener.certificate_file, chain[0]));
  ASSIGN_OR_RETURN(const std::vector<std::string> issuers,
                   ReadCertificates(listener.client_ca_file));
  for (const std::string& issuer : issuers) {
    RETURN_IF_ERROR(ParseCertificate(listener.client_ca_file, issuer).status());
  }
  return absl::OkStatus();
}

void OfferTls13Only() {
  setenv("GRPC_SSL_CIPHER_SUITES", "PSK-AES256-GCM-SHA384", /*overwrite=*/1);
}

std::shared_ptr<grpc::ServerCredentials> MakeTransportCredentials(
    const TcpListenerSettings& listener, absl::Duration refresh) {
  auto provider =
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          listener.private_key_file, listener.certificate_file,
          listener.client_ca_file,
          static_cast<unsigned>(absl::ToInt64Seconds(refresh)));
  grpc::experimental::TlsServerCredentialsOptions options(provider);
  options.watch_root_certs();
  options.watch_identity_key_cert_pairs();
  options.set_cert_request_type(
      GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  if (!listener.crl_directory.empty()) {
    options.set_crl_directory(listener.crl_directory);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace keyhold
