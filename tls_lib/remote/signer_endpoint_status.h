// What a SignerClient tells an operator about one endpoint.
#ifndef KEYHOLD_TLS_LIB_REMOTE_SIGNER_ENDPOINT_STATUS_H_
#define KEYHOLD_TLS_LIB_REMOTE_SIGNER_ENDPOINT_STATUS_H_

#include <cstddef>
#include <string>

#include "absl/time/time.h"

namespace keyhold {

// As of one moment. Connections are made with the first signature.
struct SignerEndpointStatus {
  enum class Connection { kIdle, kConnecting, kConnected };
  enum class Health { kUnknown, kServing, kNotServing };

  // "HOST:PORT", "HOST:PORT (ADDRESS)" for a name, or "unix:PATH".
  std::string endpoint;
  Connection connection = Connection::kIdle;
  // As the signer itself says (grpc.health.v1).
  Health health = Health::kUnknown;
  // The signer ends; requests go elsewhere.
  bool draining = false;
  // Requests that are there at the moment.
  size_t outstanding = 0;
  // Until then it gets requests only if there is no other: it was silent, or
  // failed too often. In the infinite past if it is not ejected.
  absl::Time ejected_until = absl::InfinitePast();
  // Empty if nothing has gone wrong yet; it is not cleared by a success.
  std::string last_error;
  absl::Time last_error_time = absl::InfinitePast();
  // 16 bytes; empty before the first answer.
  std::string policy_version;
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_SIGNER_ENDPOINT_STATUS_H_
