// What the signer needs to know of a leaf certificate.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_LEAF_CERTIFICATE_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_LEAF_CERTIFICATE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace keyhold {

// A value. Nothing of OpenSSL's stays behind: a parsed X509 is some 6 KB, and
// its parsing decodes the public key too, which takes longer than all the
// rest.
struct LeafCertificate {
  // DER SubjectPublicKeyInfo, as it stands in the certificate.
  std::string spki;
  // dNSName entries of subjectAltName, lower case, in order, no duplicates.
  std::vector<std::string> dns_names;
  absl::Time not_before;
  absl::Time not_after;
  // extendedKeyUsage (RFC 5280 §4.2.1.12). Without the extension both are
  // true; anyExtendedKeyUsage likewise.
  bool server_auth = true;
  bool client_auth = true;
};

// InvalidArgument: not DER of a certificate, trailing bytes, a time or an
// extension that does not parse.
absl::StatusOr<LeafCertificate> ParseLeafCertificate(absl::string_view der);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_LEAF_CERTIFICATE_H_
