// Reads what the service puts into a failed call, as a client would.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_RPC_ERROR_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_RPC_ERROR_H_

#include <ostream>
#include <string>

#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"

namespace keyhold {

struct RpcError {
  int code = 0;
  std::string message;
  // ErrorInfo's.
  std::string domain;
  std::string reason;
  // Hexadecimal, from ErrorInfo.metadata.
  std::string policy_version;
  bool has_retry_info = false;

  friend bool operator==(const RpcError& a, const RpcError& b) {
    return a.code == b.code && a.message == b.message && a.domain == b.domain &&
           a.reason == b.reason && a.policy_version == b.policy_version &&
           a.has_retry_info == b.has_retry_info;
  }
};

std::ostream& operator<<(std::ostream& os, const RpcError& error);

RpcError ReadError(const google::rpc::Status& status);
// Code and message must be the same in the gRPC status and in its details.
RpcError ReadError(const grpc::Status& status);

// "OK", or "INVALID_ARGUMENT/INVALID_REQUEST": code and reason.
std::string CodeAndReason(const grpc::Status& status);
std::string CodeAndReason(const google::rpc::Status& status);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_RPC_ERROR_H_
