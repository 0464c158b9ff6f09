#include "signer_service/engines/faulty_engine.h"

#include "absl/status/status.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {

EngineResults FaultyEngine::Sign(absl::Span<const EngineItem> items) const {
  faults_->asked += items.size();
  EngineResults results = engine_->Sign(items);
  const size_t item = faults_->item;
  if (item >= results.size()) return results;
  switch (faults_->kind) {
    case Faults::kNone:
      break;
    case Faults::kWrongSignature:
      results[item]->back() ^= 1;
      break;
    case Faults::kEmptySignature:
      results[item]->clear();
      break;
    case Faults::kCheckFailed:
      results[item] = WithReason(absl::DataLossError("a check failed"),
                                 ErrorReason::kSignatureCheckFailed);
      break;
    case Faults::kError:
      results[item] = absl::InternalError("out of order");
      break;
  }
  return results;
}

}  // namespace keyhold
