// From the service's errors to gRPC statuses.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_STATUS_CONVERSION_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_STATUS_CONVERSION_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "daemon/rpc_status.h"
#include "grpcpp/support/status.h"

namespace keyhold {

// ToRpcStatus (daemon/rpc_status.h) as a gRPC status: the google.rpc.Status
// stands in the trailer grpc-status-details-bin. OK for OK.
grpc::Status ToGrpcStatus(const absl::Status& status,
                          absl::string_view policy_version);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_STATUS_CONVERSION_H_
