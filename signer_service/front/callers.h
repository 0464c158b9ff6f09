// Finds out who makes a call, in the way of each listener.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_CALLERS_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_CALLERS_H_

#include <memory>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "signer_service/front/caller_cache.h"
#include "signer_service/front/serving_state.h"
#include "signer_service/policy/identity.h"

namespace keyhold {

// Thread-safe.
class Callers {
 public:
  virtual ~Callers() = default;
  // The caller under the snapshot that is in force now. Never null; its
  // identity may be nobody.
  virtual std::shared_ptr<const CallerView> Find(
      const grpc::ServerContextBase& context) = 0;
};

// By the verified client certificate of each call's connection.
class TlsCallers final : public Callers {
 public:
  // `state` must outlive this.
  explicit TlsCallers(const ServingState& state) : state_(state) {}
  std::shared_ptr<const CallerView> Find(
      const grpc::ServerContextBase& context) override;

 private:
  const ServingState& state_;
  absl::Mutex mutex_;
  CallerCache cache_ ABSL_GUARDED_BY(mutex_);
};

// One and the same, whatever the call: for a server whose every connection
// comes from one local user.
class FixedCaller final : public Callers {
 public:
  // `state` must outlive this.
  FixedCaller(const ServingState& state, Identity identity)
      : state_(state), identity_(std::move(identity)) {}
  std::shared_ptr<const CallerView> Find(
      const grpc::ServerContextBase& context) override;

 private:
  const ServingState& state_;
  const Identity identity_;
  absl::Mutex mutex_;
  std::shared_ptr<const CallerView> view_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_CALLERS_H_
