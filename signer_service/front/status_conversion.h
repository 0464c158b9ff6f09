// From the service's errors to the wire: gRPC statuses and the statuses of
// stream items, both with google.rpc details.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_STATUS_CONVERSION_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_STATUS_CONVERSION_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"

namespace keyhold {

// The same code and message as `status`, which is not OK, with ErrorInfo
// {domain "keyhold", the status's ErrorReason, metadata policy_version: the
// 16 bytes in lower-case hexadecimal}. ErrorInfo has no reason if the status
// has none, and no metadata if `policy_version` is empty. RESOURCE_EXHAUSTED
// that is worth another try carries RetryInfo too.
google::rpc::Status ToRpcStatus(const absl::Status& status,
                                absl::string_view policy_version);

// The same as a gRPC status: the google.rpc.Status stands in the trailer
// grpc-status-details-bin. OK for OK.
grpc::Status ToGrpcStatus(const absl::Status& status,
                          absl::string_view policy_version);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_STATUS_CONVERSION_H_
