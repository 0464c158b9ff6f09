// Reads the public half of an audit key.
#ifndef KEYHOLD_CLI_AUDIT_AUDIT_PUBLIC_KEY_H_
#define KEYHOLD_CLI_AUDIT_AUDIT_PUBLIC_KEY_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/console.h"
#include "tls_lib/core/public_key.h"

namespace keyhold {

// A PEM file with one "PUBLIC KEY" (RFC 7468 §13). FailedPrecondition: it
// cannot be read, or holds none of type Ed25519.
absl::StatusOr<PublicKey> ReadAuditPublicKey(absl::string_view path,
                                             const Console& console);

}  // namespace keyhold

#endif  // KEYHOLD_CLI_AUDIT_AUDIT_PUBLIC_KEY_H_
