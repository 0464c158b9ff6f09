// What a handshake has settled.
#ifndef KEYHOLD_TLS_LIB_TLS_HANDSHAKE_FACTS_H_
#define KEYHOLD_TLS_LIB_TLS_HANDSHAKE_FACTS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tls_lib/core/certified_key.h"
#include "tls_lib/core/signature_scheme.h"
#include "tls_lib/core/signing_context.h"

namespace keyhold {

struct HandshakeFacts {
  TlsVersion version = TlsVersion::kTls13;
  // IANA's name, for example "TLS_AES_128_GCM_SHA256".
  std::string cipher_suite;
  // The protocol that both sides agreed on (RFC 7301); empty: none.
  std::string alpn_protocol;
  // The server_name that the client sent, lower case (RFC 6066 §3); empty:
  // none, as for a client that was given an address.
  std::string server_name;
  // A session was resumed: nobody signed.
  bool resumed = false;
  // The scheme that this side signed with; null if it did not sign.
  std::optional<SignatureScheme> own_scheme;
  // The scheme that the peer signed with; null if it did not sign.
  std::optional<SignatureScheme> peer_scheme;
  // What this side signed with; null if it did not sign.
  std::shared_ptr<const CertifiedKey> certified_key;
  // The peer's verified certificates as it sent them, leaf first, DER. Empty:
  // it sent none. After a resumption a server knows the leaf only.
  std::vector<std::string> peer_chain_der;
};

// "TLS 1.2", "TLS 1.3".
absl::string_view TlsVersionName(TlsVersion version);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_TLS_HANDSHAKE_FACTS_H_
