// What is signed of certificate requests and certificates, built from fields.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_CERTIFICATE_CONTENT_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_CERTIFICATE_CONTENT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "signer_service/core/usage_set.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

// CertificationRequestInfo (RFC 2986 §4.1): the common name, if there is one,
// as the subject, and the DNS names as a request for subjectAltName.
//
// InvalidArgument (kInvalidRequest) names the field: neither name, more than
// 100 DNS names, one that is none (a wildcard is allowed), a common name that
// is not of 1..64 printable ASCII characters.
absl::StatusOr<std::string> CertificationRequestContent(
    const signer::v1::CertificateSigningRequest& fields, const PublicKey& key);

// TBSCertificate (RFC 5280 §4.1.2) of an end entity that issues itself: valid
// from an hour before `now`, with a random serial number, for what `usages`
// let the key do in TLS. Names the scheme that will sign it.
//
// InvalidArgument: as above, or no DNS name, or valid_days beyond 90.
absl::StatusOr<std::string> SelfSignedContent(
    const signer::v1::SelfSignedCertificate& fields, const PublicKey& key,
    SignatureScheme scheme, UsageSet usages, absl::Time now);

// The whole object: content, algorithm and signature. `scheme` must be known.
std::string SignedObject(absl::string_view content, SignatureScheme scheme,
                         absl::string_view signature);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_CERTIFICATE_CONTENT_H_
