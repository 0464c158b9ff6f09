#include "tls_lib/remote/open_calls.h"

namespace keyhold {

OpenCalls::Scope::Scope(OpenCalls& calls, grpc::ClientContext& context)
    : calls_(calls), context_(context) {
  absl::MutexLock lock(&calls_.mutex_);
  calls_.calls_.insert(&context_);
  if (calls_.closed_) context_.TryCancel();
}

OpenCalls::Scope::~Scope() {
  absl::MutexLock lock(&calls_.mutex_);
  calls_.calls_.erase(&context_);
}

void OpenCalls::Close() {
  absl::MutexLock lock(&mutex_);
  closed_ = true;
  for (grpc::ClientContext* context : calls_) context->TryCancel();
}

bool OpenCalls::closed() const {
  absl::MutexLock lock(&mutex_);
  return closed_;
}

bool OpenCalls::WaitUntilClosed(absl::Time deadline) const {
  absl::MutexLock lock(&mutex_);
  return mutex_.AwaitWithDeadline(absl::Condition(&closed_), deadline);
}

}  // namespace keyhold
