#include "tls_lib/remote/status_from_grpc.h"

#include "google/rpc/status.pb.h"
#include "tls_lib/remote/status_from_rpc.h"

namespace keyhold {

absl::Status StatusFromGrpc(const grpc::Status& status,
                            absl::string_view what) {
  google::rpc::Status rpc;
  if (!rpc.ParseFromString(status.error_details())) rpc.clear_details();
  rpc.set_code(status.error_code());
  rpc.set_message(status.error_message());
  return StatusFromRpc(rpc, what);
}

}  // namespace keyhold
