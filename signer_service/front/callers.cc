#include "signer_service/front/callers.h"

namespace keyhold {

std::shared_ptr<const CallerView> TlsCallers::Find(
    const grpc::ServerContextBase& context) {
  const std::shared_ptr<const grpc::AuthContext> peer = context.auth_context();
  const std::shared_ptr<const ServingSnapshot> snapshot = state_.Get();
  absl::MutexLock lock(&mutex_);
  return cache_.Find(*peer, snapshot);
}

std::shared_ptr<const CallerView> FixedCaller::Find(
    const grpc::ServerContextBase& /*context*/) {
  const std::shared_ptr<const ServingSnapshot> snapshot = state_.Get();
  absl::MutexLock lock(&mutex_);
  if (view_ == nullptr || view_->snapshot != snapshot) {
    view_ = std::make_shared<const CallerView>(snapshot, identity_);
  }
  return view_;
}

}  // namespace keyhold
