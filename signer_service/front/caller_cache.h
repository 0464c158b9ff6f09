// Who calls over TLS, and what policy says of them, without working it out
// again for each call of a connection.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_CALLER_CACHE_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_CALLER_CACHE_H_

#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "grpcpp/security/auth_context.h"
#include "signer_service/front/serving_state.h"
#include "signer_service/policy/identity.h"

namespace keyhold {

// The identity in a verified client certificate, as gRPC presents it. Nobody
// if there is none.
Identity IdentityOf(const grpc::AuthContext& peer);

// Entries are found by the whole certificate, so one caller can never be
// taken for another. Holds a bounded number; all are dropped when the
// snapshot changes.
//
// Not thread-safe: each thread has its own.
class CallerCache {
 public:
  std::shared_ptr<const CallerView> Find(
      const grpc::AuthContext& peer,
      const std::shared_ptr<const ServingSnapshot>& snapshot);

 private:
  std::shared_ptr<const ServingSnapshot> snapshot_;
  absl::flat_hash_map<std::string, std::shared_ptr<const CallerView>>
      by_certificate_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_CALLER_CACHE_H_
