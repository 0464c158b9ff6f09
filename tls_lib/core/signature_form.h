// Whether bytes have the form of a signature.
#ifndef KEYHOLD_TLS_LIB_CORE_SIGNATURE_FORM_H_
#define KEYHOLD_TLS_LIB_CORE_SIGNATURE_FORM_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tls_lib/core/public_key.h"

namespace keyhold {

// CheckSignatureForm is OK if `signature` has the size that `key`'s
// signatures have; for ECDSA, a DER SEQUENCE that fills it exactly and is no
// longer than the longest. It is no proof that the signature is right:
// verifying costs three times the signing for P-256, and the TLS peer
// verifies anyhow. Internal, with both sizes, if not.
absl::Status CheckSignatureForm(const PublicKey& key,
                                absl::string_view signature);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_SIGNATURE_FORM_H_
