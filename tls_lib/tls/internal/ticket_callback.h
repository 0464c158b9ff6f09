// Encrypts and decrypts a server's session tickets with its TicketKeys.
#ifndef KEYHOLD_TLS_LIB_TLS_INTERNAL_TICKET_CALLBACK_H_
#define KEYHOLD_TLS_LIB_TLS_INTERNAL_TICKET_CALLBACK_H_

#include "absl/status/status.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/tls/ticket_keys.h"

namespace keyhold::tls_internal {

// Makes connections of `context` use `keys`, which must outlive them.
//
// A session ends 12 hours after the full handshake that it began with, however
// often its ticket was renewed meanwhile: nobody stays authenticated by a
// certificate for longer than that (RFC 8446 §4.6.1).
//
// Internal: OpenSSL has no memory. If a ticket cannot be encrypted, the reason
// goes into ConnectionState.error.
absl::Status UseTicketKeys(SSL_CTX* context, TicketKeys* keys);

}  // namespace keyhold::tls_internal

#endif  // KEYHOLD_TLS_LIB_TLS_INTERNAL_TICKET_CALLBACK_H_
