#include "signer_service/front/sign_streams.h"

#include <vector>

namespace keyhold {

bool SignStreams::Add(const std::shared_ptr<SignStream>& stream) {
  absl::MutexLock lock(&mutex_);
  if (closed_) return false;
  open_.emplace(stream.get(), stream);
  return true;
}

void SignStreams::Remove(const SignStream& stream) {
  absl::MutexLock lock(&mutex_);
  open_.erase(&stream);
}

void SignStreams::OnDrain() {
  std::vector<std::shared_ptr<SignStream>> streams;
  {
    absl::MutexLock lock(&mutex_);
    for (const auto& [stream, weak] : open_) {
      if (std::shared_ptr<SignStream> alive = weak.lock()) {
        streams.push_back(std::move(alive));
      }
    }
  }
  for (const std::shared_ptr<SignStream>& stream : streams) stream->OnDrain();
}

void SignStreams::AwaitNoneUntil(absl::Time deadline) {
  absl::MutexLock lock(&mutex_);
  const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return open_.empty();
  };
  mutex_.AwaitWithDeadline(absl::Condition(&none), deadline);
}

void SignStreams::AwaitNone() {
  absl::MutexLock lock(&mutex_);
  const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return open_.empty();
  };
  mutex_.Await(absl::Condition(&none));
  closed_ = true;
}

}  // namespace keyhold
