// How long an attempt may take before the request goes elsewhere too.
#ifndef KEYHOLD_TLS_LIB_REMOTE_ATTEMPT_LIMIT_H_
#define KEYHOLD_TLS_LIB_REMOTE_ATTEMPT_LIMIT_H_

#include "absl/time/time.h"

namespace keyhold {

// A third of the time that is left, if there is another endpoint to go to:
// then two thirds are left for it, and a third attempt still gets two ninths.
// Otherwise all of it.
inline absl::Duration AttemptLimit(absl::Duration left, bool has_alternative) {
  return has_alternative ? left / 3 : left;
}

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_ATTEMPT_LIMIT_H_
