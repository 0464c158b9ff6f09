// Turns OpenSSL's per-thread error queue into words.
#ifndef KEYHOLD_TLS_LIB_BASE_OPENSSL_ERROR_H_
#define KEYHOLD_TLS_LIB_BASE_OPENSSL_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// TakeOpensslErrors empties the calling thread's error queue and returns it
// as one line, oldest error first ("no OpenSSL error" if it was empty). It
// never holds key bytes: OpenSSL's queue has names and reasons only.
//
// Thread-safe.
std::string TakeOpensslErrors();

// OpensslError is `what`, a colon, and the calling thread's error queue, as a
// status of `code`. Empties the queue.
absl::Status OpensslError(absl::StatusCode code, absl::string_view what);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_BASE_OPENSSL_ERROR_H_
