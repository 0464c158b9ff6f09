// What a failed attempt means for the request and for the endpoint.
#ifndef KEYHOLD_TLS_LIB_REMOTE_FAILURE_CLASS_H_
#define KEYHOLD_TLS_LIB_REMOTE_FAILURE_CLASS_H_

#include "absl/status/status.h"

namespace keyhold {

enum class FailureClass {
  // The request is refused: the next signer would say the same.
  kFinal,
  // This signer cannot do it now; another may, and so may this one soon.
  kTryAgain,
  // This signer cannot do it, and will not soon; another may.
  kTryElsewhere,
};

// `failure` is not OK, and comes from the service or the transport.
//
// kTryAgain: Unavailable, and Cancelled, which is what a server that stops
// says. kTryElsewhere: a signature that failed its check (the key is
// quarantined there), and a signer that has too much to do.
FailureClass ClassOf(const absl::Status& failure);

// Whether a connection that failed so may be had later: not if the service
// refuses this client.
bool IsPassing(const absl::Status& failure);

// Whether the service refuses work because it drains.
bool IsDraining(const absl::Status& failure);

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_FAILURE_CLASS_H_
