// From absl::Status to the results of OpenSSL's C functions.
#ifndef KEYHOLD_TLS_LIB_PROVIDER_REPORT_H_
#define KEYHOLD_TLS_LIB_PROVIDER_REPORT_H_

#include "absl/status/status.h"

namespace keyhold::provider {

// Every entry point of the provider is a C function of one statement: it
// calls a C++ function and returns Report of its status. 1 if OK; otherwise
// puts the message into the calling thread's error queue and returns 0.
//
// The error belongs to a library "keyhold" with a reason for each status code,
// so that a server's log reads
//   error:41800007:keyhold::refused:key www: uid 33 may use no key …
//
// Thread-safe.
int Report(const absl::Status& status);

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_REPORT_H_
