// Callers under the snapshot that is in force.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_CALLERS_IN_FORCE_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_CALLERS_IN_FORCE_H_

#include <memory>
#include <utility>

#include "signer_service/front/serving_state.h"

namespace keyhold {

// For one batch. What waited through a reload is judged anew, so that whoever
// has lost a right while his items waited gets no signature by it.
//
// Not thread-safe.
class CallersInForce {
 public:
  explicit CallersInForce(std::shared_ptr<const ServingSnapshot> snapshot)
      : snapshot_(std::move(snapshot)) {}

  // The same caller under the snapshot. Neighbours of one caller share one
  // answer.
  std::shared_ptr<const CallerView> Find(
      std::shared_ptr<const CallerView> caller) {
    if (caller->snapshot == snapshot_) return caller;
    if (caller != before_) {
      now_ = std::make_shared<const CallerView>(snapshot_, caller->identity);
      before_ = std::move(caller);
    }
    return now_;
  }

 private:
  const std::shared_ptr<const ServingSnapshot> snapshot_;
  // The last of those that were of another, and what became of it.
  std::shared_ptr<const CallerView> before_;
  std::shared_ptr<const CallerView> now_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_CALLERS_IN_FORCE_H_
