// absl::Status between processes.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_FAILURE_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_FAILURE_H_

#include "absl/status/status.h"
#include "keyhold/processes/v1/frames.pb.h"

namespace keyhold {

// A status with its payloads, which hold its ErrorReason.
processes::v1::Failure ToFailure(const absl::Status& status);
// OK if the code is 0; InvalidArgument if it is none.
absl::Status FromFailure(const processes::v1::Failure& failure);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_PROCESS_FAILURE_H_
