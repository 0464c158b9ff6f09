// Genuine content that TLS signs.
#ifndef KEYHOLD_TESTS_CONFORMANCE_TO_BE_SIGNED_H_
#define KEYHOLD_TESTS_CONFORMANCE_TO_BE_SIGNED_H_

#include <string>

#include "absl/strings/string_view.h"
#include "tls_lib/core/signing_context.h"

namespace keyhold {

// What a TLS library asks a key of `role` to sign in `version`:
// CertificateVerify of TLS 1.3, ServerKeyExchange of TLS 1.2, or the handshake
// messages of TLS 1.2. The last hold `certificate_pem`, which must be the key's
// own.
//
// `variant`, from 0 on, goes round the sizes of transcript hashes and the
// curves. Random each time.
std::string MakeToBeSigned(Role role, TlsVersion version,
                           absl::string_view certificate_pem, int variant = 0);

}  // namespace keyhold

#endif  // KEYHOLD_TESTS_CONFORMANCE_TO_BE_SIGNED_H_
