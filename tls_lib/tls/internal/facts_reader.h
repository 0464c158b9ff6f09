// Reads the facts of a finished handshake out of libssl.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_FACTS_READER_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_FACTS_READER_H_

#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/tls/handshake_facts.h"
#include "tls_lib/tls/internal/connection_state.h"

namespace keyhold::tls_internal {

// `ssl`'s handshake is done.
HandshakeFacts ReadFacts(SSL* ssl, const ConnectionState& state);

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_FACTS_READER_H_
