// What is asked of a signer: the bytes that a TLS library wants signed, sorted
// by their form.
#ifndef KEYHOLD_TLS_LIB_CORE_CONTENT_TO_SIGN_H_
#define KEYHOLD_TLS_LIB_CORE_CONTENT_TO_SIGN_H_

#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signed_content.h"

namespace keyhold {

// All that a TLS 1.2 client signs (RFC 5246 §7.4.8).
struct Tls12ClientTranscript {
  absl::string_view handshake_messages;
};

struct DigestToSign {
  HashAlgorithm hash;
  std::string value;
};

struct MessageToSign {
  absl::string_view message;
};

// The views must not outlive the bytes that they were made of.
using ContentToSign =
    std::variant<Tls13SignedContent, Tls12ServerKeyExchangeContent,
                 Tls12ClientTranscript, DigestToSign, MessageToSign>;

// FormOf sorts `message`, which is not hashed, by its form alone:
//   - what TLS signs: its parts (RFC 8446 §4.4.3, RFC 8422 §5.4, RFC 5246
//     §7.4.8), of a TLS 1.3 transcript only the hash;
//   - else as PlainFormOf.
// Errors as PlainFormOf.
//
// Thread-safe, as is PlainFormOf.
absl::StatusOr<ContentToSign> FormOf(SignatureScheme scheme,
                                     absl::string_view message);

// PlainFormOf returns the digest of `message`, computed here with the scheme's
// hash; for Ed25519 and Ed448, which have none, the message. Policy refuses
// both by default.
//
// InvalidArgument: `scheme` is none that Keyhold makes. Internal: OpenSSL
// cannot hash.
absl::StatusOr<ContentToSign> PlainFormOf(SignatureScheme scheme,
                                          absl::string_view message);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_CONTENT_TO_SIGN_H_
