#include "signer_service/front/status_conversion.h"

#include "daemon/rpc_status.h"
#include "google/rpc/status.pb.h"

namespace keyhold {

grpc::Status ToGrpcStatus(const absl::Status& status,
                          absl::string_view policy_version) {
  if (status.ok()) return grpc::Status::OK;
  const google::rpc::Status rpc = ToRpcStatus(status, policy_version);
  return grpc::Status(static_cast<grpc::StatusCode>(rpc.code()), rpc.message(),
                      rpc.SerializeAsString());
}

}  // namespace keyhold
