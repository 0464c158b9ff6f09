// The SignStream calls that are open.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_STREAMS_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_STREAMS_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "signer_service/front/sign_stream.h"

namespace keyhold {

// Thread-safe.
class SignStreams {
 public:
  // False after AwaitNone: the stream must not be started.
  bool Add(const std::shared_ptr<SignStream>& stream);
  // Once its call is over.
  void Remove(const SignStream& stream);

  // Call once the state drains: streams without outstanding items end, the
  // others when they have none left.
  void OnDrain();
  // Waits until no stream is left, or `deadline` has come.
  void AwaitNoneUntil(absl::Time deadline);
  // Waits until the calls of all streams are over; then no stream is added any
  // more. gRPC's Shutdown cancels calls, but does not wait for those on
  // completion queues.
  void AwaitNone();

 private:
  absl::Mutex mutex_;
  absl::flat_hash_map<const SignStream*, std::weak_ptr<SignStream>> open_
      ABSL_GUARDED_BY(mutex_);
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_SIGN_STREAMS_H_
