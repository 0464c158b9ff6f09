// Requests for TLS 1.3 signatures, as servers make them.
#ifndef KEYHOLD_TESTS_AGENT_SIGN_REQUEST_H_
#define KEYHOLD_TESTS_AGENT_SIGN_REQUEST_H_

#include <cstdint>

#include "absl/status/status.h"
#include "keyhold/signer/v1/sign.pb.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {

// Whole, for the test key of `kind` (P-256, Ed25519, RSA …) and `index`, with
// a transcript hash of its own for each id.
signer::v1::SignRequest SignRequestFor(TestKeyKind kind, uint64_t id,
                                       int index = 0);

// Whether `response` is the signature that SignRequestFor asks for.
absl::Status CheckSignatureOf(const signer::v1::SignRequest& request,
                              TestKeyKind kind,
                              const signer::v1::SignResponse& response,
                              int index = 0);

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_AGENT_SIGN_REQUEST_H_
