// OpenSSL's secure heap: locked memory that is in no core dump, where private
// numbers live. It has a fixed size, and once it is full OpenSSL's own errors
// mislead ("unsupported"): these functions tell.
#ifndef KEYHOLD_TLS_LIB_BASE_SECURE_HEAP_H_
#define KEYHOLD_TLS_LIB_BASE_SECURE_HEAP_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace keyhold {

// Whether the process has a secure heap and it has no room left for the
// numbers of one signature. False if the process has none. Thread-safe.
bool SecureHeapIsFull();

// ResourceExhausted: `what` failed since the secure heap is full, and what to
// do about it.
absl::Status SecureHeapFullError(absl::string_view what);

// What a failed OpenSSL call on a private key means: SecureHeapFullError if
// the heap is full, else Internal with the calling thread's error queue.
// Empties the queue.
absl::Status PrivateKeyOperationError(absl::string_view what);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_BASE_SECURE_HEAP_H_
