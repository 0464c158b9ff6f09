// Makes expensive signatures where they hold up nobody.
#ifndef KEYHOLD_SIGNER_SERVICE_VAULT_SLOW_LANE_H_
#define KEYHOLD_SIGNER_SERVICE_VAULT_SLOW_LANE_H_

#include <cstddef>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "signer_service/vault/answering_thread.h"
#include "signer_service/vault/fair_queue.h"
#include "signer_service/vault/vault.h"

namespace keyhold {

struct SlowLaneOptions {
  // 0: as many as the process may use cores.
  size_t threads = 0;
  FairQueueLimits limits;
};

// Its threads are behind those of ordinary priority, so an RSA-4096 signature
// under way gives its core up to a P-256 one, also where there is but one
// core. Answers are given out by a thread of ordinary priority.
//
// Thread-safe.
class SlowLane {
 public:
  // Signs a turn's jobs, after whatever checks are due: one result for each, in
  // order. Called on the lane's threads, several at once.
  using SignTurn = std::function<std::vector<absl::StatusOr<std::string>>(
      absl::Span<const WaitingJob> jobs)>;

  SlowLane(const SlowLaneOptions& options, SignTurn sign);
  // Turns under way are finished and answered. What waits is answered with
  // Unavailable (kDraining).
  ~SlowLane();
  SlowLane(const SlowLane&) = delete;
  SlowLane& operator=(const SlowLane&) = delete;

  // Answers each job by its `on_results`, except those that find no room: they
  // are given back.
  std::vector<WaitingJob> Add(std::vector<WaitingJob> jobs) {
    return queue_.Add(std::move(jobs));
  }

  // Signs and answers on the calling thread what is next in line, unless it is
  // worth more than one RSA-2048 signature.
  void Help();

 private:
  void Work();
  // Gives out the results, one for each job.
  void Answer(std::vector<WaitingJob> jobs,
              std::vector<absl::StatusOr<std::string>> results);

  const SignTurn sign_;
  FairQueue queue_;
  // After the queue: an answer may ask for more, to the very end.
  AnsweringThread answering_;
  std::vector<std::thread> threads_;
};

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_VAULT_SLOW_LANE_H_
