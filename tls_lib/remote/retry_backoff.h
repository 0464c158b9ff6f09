// The pauses between the tries of one call.
#ifndef KEYHOLD_TLS_LIB_REMOTE_RETRY_BACKOFF_H_
#define KEYHOLD_TLS_LIB_REMOTE_RETRY_BACKOFF_H_

#include "absl/random/random.h"
#include "absl/time/time.h"

namespace keyhold {

// Grows by half from 10 ms to 200 ms, each pause spread by a fifth either way
// so that many callers do not come back in step.
//
// Not thread-safe: one for each call.
class RetryBackoff {
 public:
  absl::Duration Next();

 private:
  absl::Duration base_ = absl::Milliseconds(10);
  absl::InsecureBitGen random_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_RETRY_BACKOFF_H_
