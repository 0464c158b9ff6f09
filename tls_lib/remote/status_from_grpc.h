// A failed gRPC call, as absl::Status. Includes gRPC, so for .cc files only.
#ifndef KEYHOLD_TLS_LIB_REMOTE_STATUS_FROM_GRPC_H_
#define KEYHOLD_TLS_LIB_REMOTE_STATUS_FROM_GRPC_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/support/status.h"

namespace keyhold {

// As StatusFromRpc. Details that are no google.rpc.Status are ignored; the
// code and the message always come from `status` itself.
absl::Status StatusFromGrpc(const grpc::Status& status, absl::string_view what);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_STATUS_FROM_GRPC_H_
