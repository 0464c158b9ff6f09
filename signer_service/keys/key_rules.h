// What a key may do, from its settings and its certificate.
#ifndef KEYHOLD_SIGNER_SERVICE_KEYS_KEY_RULES_H_
#define KEYHOLD_SIGNER_SERVICE_KEYS_KEY_RULES_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "signer_service/core/role_set.h"
#include "tls_lib/core/certificate_fields.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {

// `configured`, or if it is empty: client, if the certificate's
// extendedKeyUsage names clientAuth but not serverAuth; else server. `leaf` is
// null without a certificate.
//
// InvalidArgument if the extension leaves out a configured role, or both
// roles.
absl::StatusOr<RoleSet> DecideRoles(RoleSet configured,
                                    const CertificateFields* leaf);

struct SchemePreferences {
  // Best first.
  std::vector<SignatureScheme> usable;
  // Configured, but not for this type of key.
  std::vector<SignatureScheme> unusable;
};
// Those of `configured` that `key` can make in either version of TLS; if none
// are configured, the key's defaults.
SchemePreferences DecidePreferences(
    const PublicKey& key, absl::Span<const SignatureScheme> configured);

// What to warn of at `now`: expired, not valid yet, or in the last third of
// its life with less than 14 days to go. The words stay the same from load to
// load. Null if all is well.
std::optional<std::string> ValidityWarning(const CertificateFields& leaf,
                                           absl::Time now);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_KEYS_KEY_RULES_H_
