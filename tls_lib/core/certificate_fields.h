// What Keyhold reads of a certificate. Reads it in place, without building an
// X509: that costs 85 microseconds a certificate, most of it for the key.
#ifndef KEYHOLD_TLS_LIB_CORE_CERTIFICATE_FIELDS_H_
#define KEYHOLD_TLS_LIB_CORE_CERTIFICATE_FIELDS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace keyhold {

struct CertificateFields {
  // DER SubjectPublicKeyInfo, as it stands in the certificate.
  std::string spki;
  // dNSName entries of subjectAltName, lower case, in order, without
  // duplicates. Those that are neither a DNS name nor a wildcard are left out.
  std::vector<std::string> dns_names;
  absl::Time not_before;
  absl::Time not_after;
  // extendedKeyUsage (RFC 5280 §4.2.1.12). Both are true without the
  // extension, and with anyExtendedKeyUsage.
  bool server_auth = true;
  bool client_auth = true;
};

// Reads a DER Certificate (RFC 5280 §4.1). Nothing is verified: neither the
// signature nor the validity nor whether the key is one that Keyhold serves.
//
// InvalidArgument: not DER, trailing bytes, or a field that is not as RFC 5280
// has it.
absl::StatusOr<CertificateFields> ReadCertificateFields(absl::string_view der);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_CERTIFICATE_FIELDS_H_
