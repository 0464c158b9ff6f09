// What the parameters of an RSASSA-PSS key allow (RFC 4055 §3.3).
#ifndef KEYHOLD_TLS_LIB_CORE_INTERNAL_PSS_RESTRICTION_H_
#define KEYHOLD_TLS_LIB_CORE_INTERNAL_PSS_RESTRICTION_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold::internal {

// Reads RSASSA-PSS-params: `contents` is what stands inside its SEQUENCE. The
// result is the one hash with which such a key makes a TLS scheme. TLS uses
// that hash for MGF1 too, and a salt of its length (RFC 8446 §4.2.3).
//
// InvalidArgument: no DER, or parameters that leave no scheme of TLS: another
// hash (SHA-1 is the default where none is given), an MGF1 hash that differs,
// a longer least salt.
absl::StatusOr<HashAlgorithm> ParsePssRestriction(absl::string_view contents);

}  // namespace keyhold::internal

#endif  // KEYHOLD_TLS_LIB_CORE_INTERNAL_PSS_RESTRICTION_H_
