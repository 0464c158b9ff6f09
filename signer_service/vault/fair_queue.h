// Expensive signatures that wait. Identities take turns.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_FAIR_QUEUE_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_FAIR_QUEUE_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/synchronization/mutex.h"
#include "signer_service/vault/vault.h"

namespace keyhold {

struct WaitingJob {
  SignJob job;
  // Its place in its batch.
  size_t index = 0;
  // See SigningCost. At least 1.
  int cost = 1;
  // The batch's.
  std::shared_ptr<const Vault::OnResults> on_results;
};

struct FairQueueLimits {
  // Jobs that may wait, and how many of them may be of one identity: nobody
  // fills the queue alone.
  size_t jobs = 4096;
  size_t jobs_of_identity = 1024;
};

// Round robin: the identity whose turn it is gives jobs worth at most
// kCostOfTurn (or one that is worth more), and goes to the end of the line. So
// each gets the same time, whatever the size of its keys, and a turn's answers
// go to one client.
//
// Thread-safe.
class FairQueue {
 public:
  static constexpr int kCostOfTurn = static_cast<int>(Vault::kMaxSlowResults);

  // `threads` take turns.
  FairQueue(FairQueueLimits limits, size_t threads)
      : limits_(limits), threads_(threads) {}

  // Gives back the jobs that find no room, or all once it is closed.
  std::vector<WaitingJob> Add(std::vector<WaitingJob> jobs);

  // Waits for jobs, and gives out one turn's, oldest first: a thread's share of
  // all that waits at most, so that idle threads share a batch. Empty once the
  // queue is closed.
  std::vector<WaitingJob> TakeTurn();

  // The job that is next in line, as a turn of its own, unless none waits or it
  // is worth more than `most`. Never waits.
  std::optional<WaitingJob> TryTakeOne(int most);

  // Gives back all that waits.
  std::vector<WaitingJob> Close();

 private:
  // The jobs at the head of the line, at most so many and worth at most `cost`,
  // or one.
  std::vector<WaitingJob> TakeHead(size_t most, int cost)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const FairQueueLimits limits_;
  const size_t threads_;
  absl::Mutex mutex_;
  // By identity; none is empty.
  absl::flat_hash_map<std::string, std::deque<WaitingJob>> waiting_
      ABSL_GUARDED_BY(mutex_);
  // Each identity that waits, once.
  std::deque<std::string> line_ ABSL_GUARDED_BY(mutex_);
  size_t size_ ABSL_GUARDED_BY(mutex_) = 0;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_FAIR_QUEUE_H_
