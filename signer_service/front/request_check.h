// Checks the form of what a client sent, before anybody looks at what it
// asks for.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_REQUEST_CHECK_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_REQUEST_CHECK_H_

#include <cstddef>

#include "absl/status/status.h"
#include "keyhold/signer/v1/key.pb.h"
#include "keyhold/signer/v1/sign.pb.h"

namespace keyhold {

// The most code points in an offered list.
constexpr int kMaxOfferedSchemes = 1024;

// Each names the field, says what was expected, and does not repeat what the
// client sent. Sizes are those that the .proto files document.
//
// InvalidArgument, reason kInvalidRequest; kInputNotAccepted for input forms
// that this service does not build. ResourceExhausted (kFrameTooLarge):
// bytes beyond ServiceLimits.max_message_bytes or max_handshake_bytes.
//
// What takes a computation (whether a point is on its curve, the structure of
// handshake messages) is left to the vault.
absl::Status CheckSignRequest(const signer::v1::SignRequest& request,
                              size_t max_message_bytes);
absl::Status CheckChooseSchemeRequest(
    const signer::v1::ChooseSchemeRequest& request);
absl::Status CheckKeySelector(const signer::v1::KeySelector& selector);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_REQUEST_CHECK_H_
