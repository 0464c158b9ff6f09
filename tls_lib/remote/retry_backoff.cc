#include "tls_lib/remote/retry_backoff.h"

#include <algorithm>

namespace keyhold {

absl::Duration RetryBackoff::Next() {
  const absl::Duration pause = base_ * absl::Uniform(random_, 0.8, 1.2);
  base_ = std::min(base_ * 1.5, absl::Milliseconds(200));
  return pause;
}

}  // namespace keyhold
