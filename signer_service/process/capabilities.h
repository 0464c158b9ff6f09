// Linux capabilities: the parts of root's power.
#ifndef KEYHOLD_SIGNER_SERVICE_PROCESS_CAPABILITIES_H_
#define KEYHOLD_SIGNER_SERVICE_PROCESS_CAPABILITIES_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"

namespace keyhold {

// Gives up all capabilities but `kept` (CAP_… numbers), for good: from the
// calling thread's sets, and from what it could win by exec. One that it does
// not have is not won. Call while the process has one thread.
absl::Status KeepOnlyCapabilities(absl::Span<const int> kept);

// Whether the calling thread has any.
absl::StatusOr<bool> HasCapabilities();

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_PROCESS_CAPABILITIES_H_
