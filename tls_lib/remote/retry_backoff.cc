#include "tls_lib/remote/retry_backoff.h"

#include <algorithm>

namespace keyhold {

absl::Duration RetryBackoff::Next() {
  const absl::Duration pause = base_ * absl::Uniform(random_, 0.8, 1.2);
  base_ = std::min(base_ * options_.factor, options_.longest);
  return pause;
}

}  // namespace keyhold
