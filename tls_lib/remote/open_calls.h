// The gRPC calls under way, so that all can be cancelled at once. Includes
// gRPC, so for .cc files only.
#ifndef KEYHOLD_TLS_LIB_REMOTE_OPEN_CALLS_H_
#define KEYHOLD_TLS_LIB_REMOTE_OPEN_CALLS_H_

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "grpcpp/client_context.h"

namespace keyhold {

// Thread-safe. Outlives its Scopes.
class OpenCalls {
 public:
  // Registers a call for as long as it lives. A call that is registered after
  // Close is cancelled at once.
  class Scope {
   public:
    Scope(OpenCalls& calls, grpc::ClientContext& context);
    ~Scope();
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    OpenCalls& calls_;
    grpc::ClientContext& context_;
  };

  // Cancels all calls, now and from now on. Idempotent.
  void Close();
  bool closed() const;
  // Waits until Close or `deadline`; true if closed.
  bool WaitUntilClosed(absl::Time deadline) const;

 private:
  mutable absl::Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  absl::flat_hash_set<grpc::ClientContext*> calls_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_TLS_LIB_REMOTE_OPEN_CALLS_H_
