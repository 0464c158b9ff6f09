// What this hop knows by itself of a request. It stands beside the request
// and is never read from it, so no field that authorises can be filled by a
// client.
#ifndef KEYHOLD_SIGNER_SERVICE_CORE_HOP_CONTEXT_H_
#define KEYHOLD_SIGNER_SERVICE_CORE_HOP_CONTEXT_H_

#include <string>

#include "absl/time/time.h"

namespace keyhold {

struct HopContext {
  // Who calls, as the front authenticated it: for the audit record.
  std::string identity;
  absl::Time received;
  // Past it the request is dropped unsigned.
  absl::Time deadline = absl::InfiniteFuture();
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_CORE_HOP_CONTEXT_H_
