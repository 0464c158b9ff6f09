// Tells a truncated connection from a finished one.
#ifndef KEYHOLD_TLS_LIB_TLS_UNEXPECTED_EOF_H_
#define KEYHOLD_TLS_LIB_TLS_UNEXPECTED_EOF_H_

#include "absl/status/status.h"

namespace keyhold {

// IsUnexpectedEof says whether `status` means that the transport ended
// without the peer's close_notify (RFC 8446 §6.1): data may be missing, and
// somebody on the way may have cut it off. An application whose protocol
// frames its messages (HTTP with a length, for example) may treat it as a
// clean end after a whole message; any other must not.
//
// The status is kDataLoss, a code that tls_lib returns for nothing else.
bool IsUnexpectedEof(const absl::Status& status);

// Made by TlsConnection and TlsStream; public so that an application's own
// stream types can report the same.
absl::Status UnexpectedEofError();

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_TLS_UNEXPECTED_EOF_H_
