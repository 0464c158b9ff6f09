// A certification authority for `keyhold init`: for development only, since
// its private key stays on disk beside what it issued.
#ifndef KEYHOLD_CLI_DEVELOPMENT_CERTIFICATE_AUTHORITY_H_
#define KEYHOLD_CLI_DEVELOPMENT_CERTIFICATE_AUTHORITY_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "cli/development/generated_key.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/secret_bytes.h"

namespace keyhold {

// What an end-entity certificate says (RFC 5280 §4.2.1).
struct CertificateProfile {
  // Required.
  std::string common_name;
  // subjectAltName; at least one entry in all.
  std::vector<std::string> dns_names;
  std::vector<std::string> uris;          // "spiffe://example.test/app"
  std::vector<std::string> ip_addresses;  // "127.0.0.1", "::1"
  // extendedKeyUsage.
  bool server_auth = false;
  bool client_auth = false;
};

struct Validity {
  absl::Time not_before;
  absl::Time not_after;
};

// Immutable; movable. Thread-safe for reading.
class CertificateAuthority {
 public:
  // A self-signed P-256 CA that may not issue further CAs. Internal if
  // OpenSSL fails, as below.
  static absl::StatusOr<CertificateAuthority> Create(
      absl::string_view common_name, Validity validity);

  // A certificate in PEM for the public half of `key`, valid as long as the
  // CA is. InvalidArgument if `fields` has no name, or one that is not what
  // it should be.
  absl::StatusOr<std::string> Issue(const GeneratedKey& key,
                                    const CertificateProfile& fields) const;

  // The CA's own certificate, PEM.
  absl::StatusOr<std::string> CertificatePem() const;
  // Its private key, PKCS#8 in PEM.
  absl::StatusOr<SecretBytes> PrivateKeyPem() const { return key_.ToPem(); }

 private:
  CertificateAuthority(GeneratedKey key, X509Ptr certificate, Validity validity)
      : key_(std::move(key)),
        certificate_(std::move(certificate)),
        validity_(validity) {}

  GeneratedKey key_;
  X509Ptr certificate_;
  Validity validity_;
};

}  // namespace keyhold

#endif  // KEYHOLD_CLI_DEVELOPMENT_CERTIFICATE_AUTHORITY_H_
