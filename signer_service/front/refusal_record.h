// The audit record of a refused request.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_REFUSAL_RECORD_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_REFUSAL_RECORD_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "signer_service/audit/refusal_log.h"
#include "signer_service/front/refusal.h"
#include "signer_service/front/serving_state.h"

namespace keyhold {

// Records what the front refused to do for this caller: that it may not, that
// there is no such key, that the request is malformed, or that it asks too
// much. What merely came at the wrong time (draining, too late, cancelled) is
// no refusal, and a caller without an identity is only counted. `refusals` may
// be null: nothing happens.
void RecordRefusal(RefusalLog* refusals, absl::string_view call,
                   const CallerView& caller, const AskedSignature& asked,
                   const absl::Status& status);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_REFUSAL_RECORD_H_
