// Statuses of the wire, as absl::Status.
#ifndef KEYHOLD_TLS_LIB_REMOTE_STATUS_FROM_RPC_H_
#define KEYHOLD_TLS_LIB_REMOTE_STATUS_FROM_RPC_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"

namespace keyhold {

// StatusFromRpc is OK for code 0. Otherwise the message is `what` (who was
// asked for what), a colon and the service's own; ErrorInfo of the domain
// "keyhold" becomes the ErrorReason (error_reason.h) and the policy version
// (policy_version.h); RetryInfo is told in the message.
//
// DATA_LOSS becomes Internal: kDataLoss is kept for an unexpected EOF. A code
// that gRPC does not have becomes Unknown.
absl::Status StatusFromRpc(const google::rpc::Status& status,
                           absl::string_view what);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_STATUS_FROM_RPC_H_
