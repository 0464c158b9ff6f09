// What every connection of tls_lib offers and accepts. docs/defaults.md says
// why; testdata/defaults.golden shows the whole.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_PROTOCOL_DEFAULTS_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_PROTOCOL_DEFAULTS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/core/signing_context.h"

namespace keyhold::tls_internal {

// OpenSSL's names, best first.
inline constexpr char kTls13Suites[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
    "TLS_CHACHA20_POLY1305_SHA256";
inline constexpr char kTls12Suites[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
// P-521 is there for certificates: in TLS 1.2 an ECDSA key's curve must be
// among the groups (RFC 8422 §5.1.1).
inline constexpr char kGroups[] = "X25519:P-256:P-384:P-521";
// 112 bits: RSA from 2048, no SHA-1 in certificates.
inline constexpr int kSecurityLevel = 2;

// Every scheme of AllSchemes, in its order, as OpenSSL's lists have them.
std::string SchemeList();

// An SSL_CTX of CryptoLibrary() with all defaults; settings of the machine's
// openssl.cnf are overridden. Internal: OpenSSL failed.
absl::StatusOr<SslCtxPtr> NewSslContext(const SSL_METHOD* method,
                                        TlsVersion lowest, TlsVersion highest);

// Checks of what a builder was given; InvalidArgument says what is wrong.
absl::Status CheckVersions(TlsVersion lowest, TlsVersion highest);
absl::Status CheckAlpnProtocols(absl::Span<const std::string> protocols);
absl::Status CheckSignatureTimeout(absl::Duration timeout);

// ALPN's list in the form of the wire (RFC 7301 §3.1).
std::string AlpnWireForm(absl::Span<const std::string> protocols);

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_PROTOCOL_DEFAULTS_H_
