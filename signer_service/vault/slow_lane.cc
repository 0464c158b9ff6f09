#include "signer_service/vault/slow_lane.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "signer_service/process/thread_priority.h"
#include "signer_service/process/usable_cores.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {

namespace {

absl::Status VaultEnds() {
  return WithReason(
      absl::UnavailableError("the signer is shutting down; ask another one"),
      ErrorReason::kDraining);
}

size_t ThreadsOf(const SlowLaneOptions& options) {
  return options.threads == 0 ? UsableCores() : options.threads;
}

}  // namespace

SlowLane::SlowLane(const SlowLaneOptions& options, SignTurn sign)
    : sign_(std::move(sign)), queue_(options.limits, ThreadsOf(options)) {
  for (size_t i = 0; i < ThreadsOf(options); ++i) {
    threads_.emplace_back([this] { Work(); });
  }
}

SlowLane::~SlowLane() {
  std::vector<WaitingJob> rest = queue_.Close();
  for (std::thread& thread : threads_) thread.join();
  std::vector<absl::StatusOr<std::string>> results(rest.size(), VaultEnds());
  Answer(std::move(rest), std::move(results));
}

void SlowLane::Work() {
  // Where the kernel refuses, signing goes on at ordinary priority.
  (void)LowerThreadPriority();
  while (true) {
    std::vector<WaitingJob> turn = queue_.TakeTurn();
    if (turn.empty()) return;
    std::vector<absl::StatusOr<std::string>> results = sign_(turn);
    Answer(std::move(turn), std::move(results));
  }
}

void SlowLane::Help() {
  std::optional<WaitingJob> next = queue_.TryTakeOne(1);
  if (!next.has_value()) return;
  std::vector<JobResult> answer;
  answer.push_back({next->index, std::move(sign_({&*next, 1}).front())});
  (*next->on_results)(std::move(answer));
}

void SlowLane::Answer(std::vector<WaitingJob> jobs,
                      std::vector<absl::StatusOr<std::string>> results) {
  answering_.GiveOut(
      [jobs = std::move(jobs), results = std::move(results)]() mutable {
        // Neighbours of one batch have one answer.
        std::vector<JobResult> answer;
        for (size_t i = 0; i < jobs.size(); ++i) {
          answer.push_back({jobs[i].index, std::move(results[i])});
          const bool last = i + 1 == jobs.size() ||
                            jobs[i + 1].on_results != jobs[i].on_results ||
                            answer.size() == Vault::kMaxSlowResults;
          if (last) (*jobs[i].on_results)(std::exchange(answer, {}));
        }
      });
}

}  // namespace keyhold
