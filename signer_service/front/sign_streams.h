// The SignStream calls that are open.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_STREAMS_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_STREAMS_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "signer_service/front/sign_stream.h"

namespace keyhold {

// Thread-safe. Outlives its streams: every call is over before the gRPC
// server that carries it is destroyed.
class SignStreams {
 public:
  // A new call's reactor, for gRPC.
  grpc::ServerBidiReactor<grpc::ByteBuffer, grpc::ByteBuffer>* Start(
      grpc::CallbackServerContext* context,
      const SignStream::Environment& environment);

  // Call once the state drains: streams without outstanding items end, the
  // others when they have none left.
  void OnDrain();

 private:
  absl::Mutex mutex_;
  absl::flat_hash_map<SignStream*, std::weak_ptr<SignStream>> open_
      ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_STREAMS_H_
