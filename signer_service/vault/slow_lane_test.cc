#include "signer_service/vault/slow_lane.h"

#include <sys/resource.h>

#include <atomic>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Collects answers, one vector for each call.
class Answers {
 public:
  std::shared_ptr<const Vault::OnResults> Receiver() {
    return std::make_shared<const Vault::OnResults>(
        [this](std::vector<JobResult> results) {
          absl::MutexLock lock(&mutex_);
          priorities_.push_back(getpriority(PRIO_PROCESS, 0));
          jobs_ += results.size();
          calls_.push_back(std::move(results));
        });
  }
  std::vector<std::vector<JobResult>> Await(size_t jobs) {
    absl::MutexLock lock(&mutex_);
    const auto all = [&] { return jobs_ >= jobs; };
    mutex_.Await(absl::Condition(&all));
    return calls_;
  }
  std::vector<int> priorities() {
    absl::MutexLock lock(&mutex_);
    return priorities_;
  }

 private:
  absl::Mutex mutex_;
  size_t jobs_ = 0;
  std::vector<std::vector<JobResult>> calls_;
  std::vector<int> priorities_;
};

std::vector<WaitingJob> Jobs(
    size_t count, const std::shared_ptr<const Vault::OnResults>& receiver,
    const std::string& identity = "a") {
  std::vector<WaitingJob> jobs(count);
  for (size_t i = 0; i < count; ++i) {
    jobs[i].job.hop.identity = identity;
    jobs[i].index = i;
    jobs[i].on_results = receiver;
  }
  return jobs;
}

// Each job is signed as its identity.
std::vector<absl::StatusOr<std::string>> SignByName(
    absl::Span<const WaitingJob> turn) {
  std::vector<absl::StatusOr<std::string>> results;
  for (const WaitingJob& job : turn) results.push_back(job.job.hop.identity);
  return results;
}

SlowLaneOptions OneThread() {
  SlowLaneOptions options;
  options.threads = 1;
  return options;
}

TEST(SlowLaneTest, AnswersTurnByTurn) {
  Answers answers;
  SlowLane lane(OneThread(), SignByName);
  EXPECT_THAT(lane.Add(Jobs(20, answers.Receiver())), IsEmpty());
  const auto calls = answers.Await(20);
  ASSERT_THAT(calls, ElementsAre(SizeIs(8), SizeIs(8), SizeIs(4)));
  size_t next = 0;
  for (const auto& call : calls) {
    for (const JobResult& result : call) {
      EXPECT_EQ(result.job, next++);
      EXPECT_EQ(*result.signature, "a");
    }
  }
}

TEST(SlowLaneTest, BatchesAreAnsweredApart) {
  Answers first;
  Answers second;
  SlowLane lane(OneThread(), SignByName);
  std::vector<WaitingJob> jobs = Jobs(2, first.Receiver());
  for (WaitingJob& job : Jobs(2, second.Receiver())) {
    jobs.push_back(std::move(job));
  }
  lane.Add(std::move(jobs));
  EXPECT_THAT(first.Await(2), ElementsAre(SizeIs(2)));
  EXPECT_THAT(second.Await(2), ElementsAre(SizeIs(2)));
}

TEST(SlowLaneTest, OnlyTheSigningIsOfLowPriority) {
  Answers answers;
  const int ordinary = getpriority(PRIO_PROCESS, 0);
  int signing = ordinary;
  SlowLane lane(OneThread(), [&](absl::Span<const WaitingJob> turn) {
    signing = getpriority(PRIO_PROCESS, 0);
    return SignByName(turn);
  });
  lane.Add(Jobs(1, answers.Receiver()));
  answers.Await(1);
  EXPECT_GT(signing, ordinary);
  EXPECT_THAT(answers.priorities(), ElementsAre(ordinary));
}

TEST(SlowLaneTest, HelpSignsAndAnswersOnTheCallingThread) {
  Answers answers;
  absl::Notification begun;
  absl::Notification gate;
  const std::thread::id caller = std::this_thread::get_id();
  std::atomic<int> helped{0};
  SlowLane lane(OneThread(), [&](absl::Span<const WaitingJob> turn) {
    if (std::this_thread::get_id() == caller) {
      ++helped;
    } else if (!begun.HasBeenNotified()) {
      begun.Notify();
      gate.WaitForNotification();
    }
    return SignByName(turn);
  });
  lane.Help();  // nothing waits
  lane.Add(Jobs(1, answers.Receiver(), "under way"));
  begun.WaitForNotification();
  std::vector<WaitingJob> dear = Jobs(2, answers.Receiver(), "waits");
  dear[1].cost = 2;
  lane.Add(std::move(dear));
  lane.Help();
  EXPECT_THAT(answers.Await(1), ElementsAre(SizeIs(1)));
  // What is worth more is left to the lane.
  lane.Help();
  EXPECT_EQ(helped, 1);
  gate.Notify();
  answers.Await(3);
}

// One turn is under way and others wait when the lane ends.
TEST(SlowLaneTest, ItsEndAnswersWhatWaits) {
  Answers answers;
  absl::Notification begun;
  absl::Notification gate;
  auto lane = std::make_unique<SlowLane>(
      OneThread(), [&](absl::Span<const WaitingJob> turn) {
        if (!begun.HasBeenNotified()) begun.Notify();
        gate.WaitForNotification();
        return SignByName(turn);
      });
  lane->Add(Jobs(1, answers.Receiver(), "under way"));
  begun.WaitForNotification();
  lane->Add(Jobs(10, answers.Receiver(), "waits"));
  std::thread end([&] { lane.reset(); });
  gate.Notify();
  end.join();
  // What waits may have had its turn before the lane learnt of its end.
  size_t answered = 0;
  for (const auto& call : answers.Await(11)) {
    for (const JobResult& result : call) {
      ++answered;
      if (result.signature.ok()) continue;
      EXPECT_THAT(result.signature, StatusIs(absl::StatusCode::kUnavailable,
                                             HasSubstr("shutting down")));
      EXPECT_EQ(GetReason(result.signature.status()), ErrorReason::kDraining);
    }
  }
  EXPECT_EQ(answered, 11u);
}

TEST(SlowLaneTest, NoThreadsNamedMeansOneForEachCore) {
  Answers answers;
  SlowLane lane({}, SignByName);
  lane.Add(Jobs(50, answers.Receiver()));
  answers.Await(50);
}

}  // namespace
}  // namespace keyhold
