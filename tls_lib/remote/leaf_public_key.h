// The public key of a certificate chain's leaf.
#ifndef KEYHOLD_TLS_LIB_REMOTE_LEAF_PUBLIC_KEY_H_
#define KEYHOLD_TLS_LIB_REMOTE_LEAF_PUBLIC_KEY_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/core/public_key.h"

namespace keyhold {

// LeafPublicKey reads the first certificate in `chain_pem`. InvalidArgument:
// there is none, it does not parse, or PublicKey does not take its key.
absl::StatusOr<PublicKey> LeafPublicKey(absl::string_view chain_pem);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_LEAF_PUBLIC_KEY_H_
