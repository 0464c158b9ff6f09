// grpc.health.v1 on completion queues. gRPC's own health service works by
// callbacks, for which gRPC starts threads.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_HEALTH_SERVICE_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_HEALTH_SERVICE_H_

#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "signer_service/front/rpc_queue.h"

namespace keyhold {

// Knows the names "" and kSignerServiceName; of every other name Check says
// NOT_FOUND and Watch SERVICE_UNKNOWN, whether or not it is, say, a key's.
//
// Thread-safe. Outlives its calls.
class HealthService {
 public:
  // To be registered with the server.
  grpc::Service* service() { return &service_; }
  // Lets gRPC deliver calls on `queue`.
  void Ask(RpcQueue& queue);

  // From now on the answer is NOT_SERVING; watchers are told.
  void StopServing();
  // While paused the answer is NOT_SERVING likewise.
  void SetPaused(bool paused);
  // Ends the calls of watchers, which would else hold up a shutdown.
  void EndWatches();
  // Waits until the calls of all watchers are over; later ones are left
  // without an answer. Once the server has shut down.
  void AwaitNone();

 private:
  class Watch;
  using Status = grpc::health::v1::HealthCheckResponse::ServingStatus;

  // SERVICE_UNKNOWN for unknown names.
  Status StatusOf(absl::string_view name);
  bool ended();
  // False after AwaitNone: nothing may be started for the watch.
  bool Add(Watch* watch);
  void Remove(Watch* watch);
  void UpdateAll();

  grpc::health::v1::Health::AsyncService service_;
  absl::Mutex mutex_;
  bool serving_ ABSL_GUARDED_BY(mutex_) = true;
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<Watch*> watches_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_HEALTH_SERVICE_H_
