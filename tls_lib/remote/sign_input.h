// Turns the bytes that a TLS library wants signed into the input of a
// SignRequest.
#ifndef KEYHOLD_TLS_LIB_REMOTE_SIGN_INPUT_H_
#define KEYHOLD_TLS_LIB_REMOTE_SIGN_INPUT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signing_context.h"

namespace keyhold {

// SetSignInput sets `request`'s input so that the service signs `message`,
// which is not hashed, with `scheme`:
//   - the structured form, if `message` is what `context`'s role signs in
//     `context`'s version (RFC 8446 §4.4.3, RFC 8422 §5.4, RFC 5246 §7.4.8):
//     of a TLS 1.3 transcript only its hash leaves this process;
//   - else the digest, computed here with the scheme's hash; for Ed25519 and
//     Ed448, which have none, the message. Policy refuses both by default.
//
// InvalidArgument: `scheme` is none that Keyhold makes. Internal: OpenSSL
// cannot hash.
absl::Status SetSignInput(const SigningContext& context, SignatureScheme scheme,
                          absl::string_view message,
                          signer::v1::SignRequest& request);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_SIGN_INPUT_H_
