// Growing pauses between tries.
#ifndef KEYHOLD_TLS_LIB_REMOTE_RETRY_BACKOFF_H_
#define KEYHOLD_TLS_LIB_REMOTE_RETRY_BACKOFF_H_

#include "absl/random/random.h"
#include "absl/time/time.h"

namespace keyhold {

// Grows by `factor` from `first` to `longest`, each pause spread by a fifth
// either way so that many callers do not come back in step.
//
// Not thread-safe.
class RetryBackoff {
 public:
  struct Options {
    absl::Duration first = absl::Milliseconds(10);
    double factor = 1.5;
    absl::Duration longest = absl::Milliseconds(200);
  };

  RetryBackoff() : RetryBackoff(Options{}) {}
  explicit RetryBackoff(const Options& options)
      : options_(options), base_(options.first) {}

  absl::Duration Next();
  // Begins again with the first pause.
  void Reset() { base_ = options_.first; }

 private:
  const Options options_;
  absl::Duration base_;
  absl::InsecureBitGen random_;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_RETRY_BACKOFF_H_
