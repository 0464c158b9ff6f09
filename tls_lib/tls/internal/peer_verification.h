// Verifies peers' certificates, and says in words why one does not pass.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_PEER_VERIFICATION_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_PEER_VERIFICATION_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold::tls_internal {

// Switches verification on for all connections of `context`, which have a
// ConnectionState: its verify_problem is filled on failure. `required`: a
// client without a certificate is refused.
void VerifyPeers(SSL_CTX* context, bool required);

// Makes `ssl`, a client's, demand a certificate for `server_name`, a DNS name
// or an IP address. Only subjectAltName counts, never the common name, and a
// wildcard is a whole label (RFC 6125 §6.4). Also sends server_name for a DNS
// name (RFC 6066 §3 has none for addresses). InvalidArgument: neither.
absl::Status DemandName(SSL* ssl, absl::string_view server_name);

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_PEER_VERIFICATION_H_
