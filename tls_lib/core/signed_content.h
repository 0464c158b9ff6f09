// The bytes that TLS signs, taken apart and put together. One place for
// libssl's side, which takes apart what it is asked to sign, and for the
// service's side, which puts together what it was asked for in parts.
#ifndef KEYHOLD_TLS_LIB_CORE_SIGNED_CONTENT_H_
#define KEYHOLD_TLS_LIB_CORE_SIGNED_CONTENT_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "tls_lib/core/signing_context.h"

namespace keyhold {

// TLS 1.3 CertificateVerify (RFC 8446 §4.4.3).
struct Tls13SignedContent {
  Role role;
  std::string transcript_hash;  // 32 or 48 bytes
};

// InvalidArgument unless the hash has 32 or 48 bytes.
absl::StatusOr<std::string> AssembleTls13CertificateVerify(
    const Tls13SignedContent& content);
// Null unless `message` is exactly such content: 130 or 146 bytes.
std::optional<Tls13SignedContent> ParseTls13CertificateVerify(
    absl::string_view message);

// TLS 1.2 ServerKeyExchange with a named curve (RFC 8422 §5.4).
struct Tls12ServerKeyExchangeContent {
  std::string client_random;  // 32 bytes
  std::string server_random;  // 32 bytes
  uint16_t curve;             // NamedCurve: 23, 24, 25, 29 or 30
  std::string public_point;
};

// InvalidArgument, naming the field, if a length is wrong, the curve is not
// listed, or a NIST point is not on its curve.
absl::StatusOr<std::string> AssembleTls12ServerKeyExchange(
    const Tls12ServerKeyExchangeContent& content);
// Null unless `message` has exactly this form. Lengths are checked, points
// are not.
std::optional<Tls12ServerKeyExchangeContent> ParseTls12ServerKeyExchange(
    absl::string_view message);

// The handshake messages that a TLS 1.2 client signs (RFC 5246 §7.4.8).
constexpr size_t kMaxTls12HandshakeBytes = 65536;

// OK if `handshake_messages` is filled exactly by ClientHello, ServerHello,
// Certificate, [CertificateStatus,] ServerKeyExchange, CertificateRequest,
// ServerHelloDone, Certificate, ClientKeyExchange, in this order, and the
// second Certificate's leaf carries the key of `spki`. InvalidArgument names
// the message at fault.
absl::Status CheckTls12CertificateVerify(absl::string_view handshake_messages,
                                         absl::string_view spki);
// Whether `message` has the frame of such a transcript (the order of message
// types and their lengths). Reads headers only.
bool LooksLikeTls12CertificateVerify(absl::string_view message);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_SIGNED_CONTENT_H_
