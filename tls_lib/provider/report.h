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

// Makes the reasons known to OpenSSL, once for the process, as the first Report
// of an error would. To be called when the provider is loaded, while there is
// as a rule one thread: a fork in another one during the first call would leave
// its lock held in the child.
void LoadReportReasons();

}  // namespace keyhold::provider

#endif  // KEYHOLD_TLS_LIB_PROVIDER_REPORT_H_
