// What the signer builds, verified and as text.
#ifndef KEYHOLD_CLI_SIGNED_OBJECT_H_
#define KEYHOLD_CLI_SIGNED_OBJECT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// The PEM text of a certificate request, and of a self-signed certificate.
// Internal if `der` is none, is another key's than that of the
// SubjectPublicKeyInfo `spki`, or its signature does not hold.
absl::StatusOr<std::string> CertificateRequestPem(absl::string_view der,
                                                  absl::string_view spki);
absl::StatusOr<std::string> CertificatePem(absl::string_view der,
                                           absl::string_view spki);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_SIGNED_OBJECT_H_
