// How long a caller should wait before it tries again, carried by a status.
#ifndef KEYHOLD_TLS_LIB_CORE_RETRY_DELAY_H_
#define KEYHOLD_TLS_LIB_CORE_RETRY_DELAY_H_

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace keyhold {

// The same status with the delay in a payload, in whole microseconds and at
// least one. `status` must not be OK.
absl::Status WithRetryDelay(absl::Status status, absl::Duration delay);

// Null if the status has none.
std::optional<absl::Duration> GetRetryDelay(const absl::Status& status);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_CORE_RETRY_DELAY_H_
