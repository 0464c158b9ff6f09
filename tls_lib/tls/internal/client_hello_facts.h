// What tls_lib reads of a ClientHello, inside libssl's callback.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_CLIENT_HELLO_FACTS_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_CLIENT_HELLO_FACTS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/core/cert_resolver.h"
#include "tls_lib/core/key_type.h"
#include "tls_lib/core/signing_context.h"

namespace keyhold::tls_internal {

struct ClientHelloFacts {
  ClientHello hello;
  // False: no version in common; libssl will say so to the client.
  bool version_in_common = false;
  // It carries a ticket, a PSK or (below TLS 1.3, where it means something) a
  // session id: probably nobody will have to sign.
  bool may_resume = false;
  // As sent; these decide about certificates in TLS 1.2 only.
  std::vector<uint16_t> cipher_suites;
  std::optional<std::vector<uint16_t>> groups;
};

// To be called inside SSL_CTX_set_client_hello_cb's callback. InvalidArgument
// if an extension is malformed: the alert is decode_error.
absl::StatusOr<ClientHelloFacts> ReadClientHello(SSL* ssl, TlsVersion lowest,
                                                 TlsVersion highest);

// The version that libssl will negotiate within the server's bounds: the
// highest of supported_versions if that extension is there (RFC 8446 §4.2.1),
// else what legacy_version allows. Null: none.
std::optional<TlsVersion> NegotiatedVersion(
    uint16_t legacy_version,
    const std::optional<std::vector<uint16_t>>& supported_versions,
    TlsVersion lowest, TlsVersion highest);

// Whether in TLS 1.2 a certificate with a key of `type` can be served at all:
// the client must offer a cipher suite of ours for this type (RFC 8422 §2.1,
// §2.2), and, if it sent groups, an ECDSA key's curve among them (§5.1). In
// TLS 1.3 always.
bool FitsClientHello(KeyType type, const ClientHelloFacts& facts);

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_CLIENT_HELLO_FACTS_H_
