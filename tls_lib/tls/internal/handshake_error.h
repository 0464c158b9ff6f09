// Says in words why libssl failed.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_HANDSHAKE_ERROR_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_HANDSHAKE_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "tls_lib/tls/internal/connection_state.h"

namespace keyhold::tls_internal {

enum class Phase { kHandshake, kData };

// Why a call of libssl that returned SSL_ERROR_SSL or SSL_ERROR_SYSCALL
// failed; empties the thread's error queue. Codes as TlsConnection's methods
// say. What the connection's own callbacks found comes first, then what is
// wrong with the peer's certificate, then what the peer said, then libssl's
// words.
absl::Status HandshakeError(Phase phase, const ConnectionState& state);

// "handshake_failure" …: IANA's names (RFC 8446 §6); "number 200" for one that
// is not listed.
std::string AlertName(int alert);

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_HANDSHAKE_ERROR_H_
