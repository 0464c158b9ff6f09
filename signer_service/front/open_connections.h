// Has the kernel send the answers of a batch in few packets.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_OPEN_CONNECTIONS_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_OPEN_CONNECTIONS_H_

#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/synchronization/mutex.h"

namespace keyhold {

// gRPC writes each answer by a system call of its own, and each of those sends
// a packet and wakes its receiver: a fifth of what a signature costs. Between
// Cork and its end the kernel collects them (TCP_CORK).
//
// Descriptors are gRPC's; it closes them without a word. So one that is
// remembered here may be closed, or be another connection by now. That does no
// harm: corking the wrong socket for the time of a batch delays it a little,
// and the kernel uncorks what is closed. Nothing else is ever done by these
// numbers.
//
// Thread-safe.
class OpenConnections {
 public:
  // Corked connections, until it is destroyed.
  class Corked {
   public:
    Corked() = default;
    explicit Corked(std::vector<int> fds) : fds_(std::move(fds)) {}
    Corked(Corked&& other) noexcept : fds_(std::move(other.fds_)) {}
    Corked& operator=(Corked&&) = delete;
    ~Corked();

   private:
    std::vector<int> fds_;
  };

  // A connection that gRPC gets now.
  void Add(int fd);

  // For a batch of so many answers: corks all connections, if there are so
  // few of them that it pays.
  Corked Cork(size_t answers);

 private:
  // Forgets descriptors that are no TCP connections any more.
  void Prune() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Mutex mutex_;
  absl::flat_hash_set<int> fds_ ABSL_GUARDED_BY(mutex_);
  // Batches since the last Prune.
  int batches_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_OPEN_CONNECTIONS_H_
