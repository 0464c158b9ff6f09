#include "tls_lib/remote/tls_file_check.h"

#include <cerrno>
#include <cstring>
#include <ctime>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "openssl/err.h"
#include "openssl/pem.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_macros.h"

namespace keyhold {
namespace {

absl::Status CannotRead(absl::string_view path, int error) {
  return absl::FailedPreconditionError(
      absl::StrCat("cannot read ", path, ": ", std::strerror(error)));
}

absl::Status NoCertificate(absl::string_view path) {
  return absl::FailedPreconditionError(
      absl::StrCat(path, " holds no PEM certificate"));
}

absl::Status NoPrivateKey(absl::string_view path) {
  return absl::FailedPreconditionError(
      absl::StrCat(path, " holds no PEM private key without a password"));
}

absl::Status KeyIsAnothers(const SignerTlsFiles& files) {
  return absl::FailedPreconditionError(
      absl::StrCat(files.private_key_file,
                   " is not the private key of the first certificate in ",
                   files.certificate_file));
}

absl::Status HasExpired(absl::string_view path, absl::Time not_after) {
  return absl::FailedPreconditionError(absl::StrCat(
      "the certificate in ", path, " expired on ",
      absl::FormatTime("%Y-%m-%d %H:%M:%S UTC", not_after, absl::UTCTimeZone()),
      "; put a new one there"));
}

absl::StatusOr<BioPtr> OpenFile(const std::string& path) {
  errno = 0;
  BioPtr bio(BIO_new_file(path.c_str(), "r"));
  const int error = errno;
  ERR_clear_error();
  if (bio == nullptr) return CannotRead(path, error);
  return bio;
}

// Without it OpenSSL would ask for the password on the terminal.
int NoPassword(char*, int, int, void*) { return -1; }

absl::StatusOr<X509Ptr> ReadCertificate(const std::string& path) {
  ASSIGN_OR_RETURN(BioPtr bio, OpenFile(path));
  X509Ptr certificate(
      PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr));
  ERR_clear_error();
  if (certificate == nullptr) return NoCertificate(path);
  return certificate;
}

absl::StatusOr<EvpPkeyPtr> ReadPrivateKey(const std::string& path) {
  ASSIGN_OR_RETURN(BioPtr bio, OpenFile(path));
  EvpPkeyPtr key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassword, nullptr));
  ERR_clear_error();
  if (key == nullptr) return NoPrivateKey(path);
  return key;
}

absl::Time NotAfter(const X509& certificate) {
  std::tm fields = {};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(&certificate), &fields) != 1) {
    return absl::InfinitePast();
  }
  return absl::FromTM(fields, absl::UTCTimeZone());
}

}  // namespace

absl::Status CheckTlsFiles(const SignerTlsFiles& files, absl::Time now) {
  ASSIGN_OR_RETURN(X509Ptr certificate,
                   ReadCertificate(files.certificate_file));
  ASSIGN_OR_RETURN(EvpPkeyPtr key, ReadPrivateKey(files.private_key_file));
  const bool belongs =
      X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (!belongs) return KeyIsAnothers(files);
  const absl::Time not_after = NotAfter(*certificate);
  if (not_after < now) return HasExpired(files.certificate_file, not_after);
  return ReadCertificate(files.ca_file).status();
}

}  // namespace keyhold
