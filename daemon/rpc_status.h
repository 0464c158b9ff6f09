// From an absl::Status to the wire: google.rpc.Status with its details.
#ifndef KEYHOLD_DAEMON_RPC_STATUS_H_
#define KEYHOLD_DAEMON_RPC_STATUS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"

namespace keyhold {

// The same code and message as `status`, which is not OK, with ErrorInfo
// {domain "keyhold", the status's ErrorReason, metadata policy_version: the
// 16 bytes in lower-case hexadecimal}. ErrorInfo has no reason if the status
// has none, and no metadata if `policy_version` is empty. RESOURCE_EXHAUSTED
// that is worth another try carries RetryInfo too: the status's own delay, or
// 100 ms.
google::rpc::Status ToRpcStatus(const absl::Status& status,
                                absl::string_view policy_version);

}  // namespace keyhold

#endif  // KEYHOLD_DAEMON_RPC_STATUS_H_
