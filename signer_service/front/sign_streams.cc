#include "signer_service/front/sign_streams.h"

#include <vector>

namespace keyhold {

grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* SignStreams::Start(
    grpc::CallbackServerContext* context,
    const SignStream::Environment& environment) {
  // The stream may be over before Start returns: its place is made first.
  auto place = std::make_shared<SignStream*>(nullptr);
  absl::MutexLock lock(&mutex_);
  std::shared_ptr<SignStream> stream =
      SignStream::Start(context, environment, [this, place] {
        absl::MutexLock inner(&mutex_);
        open_.erase(*place);
      });
  *place = stream.get();
  open_.emplace(stream.get(), stream);
  return stream.get();
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

}  // namespace keyhold
