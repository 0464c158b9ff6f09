#include "signer_service/vault/fair_queue.h"

#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

std::vector<WaitingJob> Jobs(const std::string& identity, size_t first,
                             size_t count, int cost = 1) {
  std::vector<WaitingJob> jobs(count);
  for (size_t i = 0; i < count; ++i) {
    jobs[i].job.hop.identity = identity;
    jobs[i].index = first + i;
    jobs[i].cost = cost;
  }
  return jobs;
}

// "a1" is the job with index 1 of identity a.
std::vector<std::string> Names(const std::vector<WaitingJob>& jobs) {
  std::vector<std::string> names;
  for (const WaitingJob& job : jobs) {
    names.push_back(absl::StrCat(job.job.hop.identity, job.index));
  }
  return names;
}

TEST(FairQueueTest, IdentitiesTakeTurns) {
  FairQueue queue({}, 1);
  EXPECT_THAT(queue.Add(Jobs("a", 1, 20)), IsEmpty());
  EXPECT_THAT(queue.Add(Jobs("b", 1, 1)), IsEmpty());
  EXPECT_THAT(queue.Add(Jobs("c", 1, 2)), IsEmpty());
  EXPECT_THAT(Names(queue.TakeTurn()),
              ElementsAre("a1", "a2", "a3", "a4", "a5", "a6", "a7", "a8"));
  EXPECT_THAT(Names(queue.TakeTurn()), ElementsAre("b1"));
  // Back again: behind those that wait.
  EXPECT_THAT(queue.Add(Jobs("b", 2, 1)), IsEmpty());
  EXPECT_THAT(Names(queue.TakeTurn()), ElementsAre("c1", "c2"));
  EXPECT_THAT(queue.TakeTurn(), SizeIs(8));  // a
  EXPECT_THAT(Names(queue.TakeTurn()), ElementsAre("b2"));
  EXPECT_THAT(Names(queue.TakeTurn()), ElementsAre("a17", "a18", "a19", "a20"));
}

TEST(FairQueueTest, ATurnIsWorthSoMuch) {
  FairQueue queue({}, 1);
  queue.Add(Jobs("a", 1, 1, 3));
  queue.Add(Jobs("a", 2, 1, 3));
  queue.Add(Jobs("a", 3, 2, 3));
  // What is worth more than a turn gets one for itself.
  queue.Add(Jobs("a", 5, 1, 64));
  queue.Add(Jobs("a", 6, 1, 1));
  EXPECT_THAT(Names(queue.TakeTurn()), ElementsAre("a1", "a2"));
  EXPECT_THAT(Names(queue.TakeTurn()), ElementsAre("a3", "a4"));
  EXPECT_THAT(Names(queue.TakeTurn()), ElementsAre("a5"));
  EXPECT_THAT(Names(queue.TakeTurn()), ElementsAre("a6"));
}

TEST(FairQueueTest, IdleThreadsShareABatch) {
  FairQueue queue({}, 2);
  queue.Add(Jobs("a", 1, 5));
  EXPECT_THAT(Names(queue.TakeTurn()), ElementsAre("a1", "a2", "a3"));
  EXPECT_THAT(Names(queue.TakeTurn()), ElementsAre("a4"));
  EXPECT_THAT(Names(queue.TakeTurn()), ElementsAre("a5"));
}

TEST(FairQueueTest, OneThatIsNextInLineCanBeTaken) {
  FairQueue queue({}, 1);
  EXPECT_FALSE(queue.TryTakeOne(1).has_value());
  queue.Add(Jobs("a", 1, 2));
  queue.Add(Jobs("b", 1, 1, 8));
  EXPECT_EQ(queue.TryTakeOne(1)->index, 1u);
  // b is next, and worth too much; nobody gets before him.
  EXPECT_FALSE(queue.TryTakeOne(1).has_value());
  EXPECT_THAT(Names(queue.TakeTurn()), ElementsAre("b1"));
  EXPECT_EQ(queue.TryTakeOne(1)->index, 2u);
  EXPECT_FALSE(queue.TryTakeOne(1).has_value());
}

TEST(FairQueueTest, NobodyFillsItAlone) {
  FairQueueLimits limits;
  limits.jobs = 5;
  limits.jobs_of_identity = 3;
  FairQueue queue(limits, 1);
  EXPECT_THAT(Names(queue.Add(Jobs("a", 1, 5))), ElementsAre("a4", "a5"));
  EXPECT_THAT(Names(queue.Add(Jobs("b", 1, 3))), ElementsAre("b3"));
  EXPECT_THAT(Names(queue.Add(Jobs("c", 1, 1))), ElementsAre("c1"));
  EXPECT_THAT(queue.TakeTurn(), SizeIs(3));
  EXPECT_THAT(queue.Add(Jobs("c", 1, 1)), IsEmpty());
}

TEST(FairQueueTest, ClosingGivesBackWhatWaits) {
  FairQueue queue({}, 1);
  queue.Add(Jobs("a", 1, 2));
  queue.Add(Jobs("b", 1, 1));
  EXPECT_THAT(Names(queue.Close()), UnorderedElementsAre("a1", "a2", "b1"));
  EXPECT_THAT(queue.TakeTurn(), IsEmpty());
  EXPECT_THAT(Names(queue.Add(Jobs("a", 3, 1))), ElementsAre("a3"));
  EXPECT_THAT(queue.Close(), IsEmpty());
}

TEST(FairQueueTest, ClosingEndsTheWait) {
  FairQueue queue({}, 1);
  std::thread waiting([&] { EXPECT_THAT(queue.TakeTurn(), IsEmpty()); });
  EXPECT_THAT(queue.Close(), IsEmpty());
  waiting.join();
}

TEST(FairQueueTest, ThreadsTakeEachJobOnce) {
  FairQueue queue({}, 3);
  constexpr size_t kJobs = 900;
  absl::Mutex mutex;
  std::vector<int> taken(kJobs, 0);
  size_t total = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      while (true) {
        const std::vector<WaitingJob> turn = queue.TakeTurn();
        if (turn.empty()) return;
        absl::MutexLock lock(&mutex);
        for (const WaitingJob& job : turn) ++taken[job.index];
        total += turn.size();
      }
    });
  }
  for (size_t i = 0; i < kJobs; i += 30) {
    EXPECT_THAT(queue.Add(Jobs(absl::StrCat("id", i % 7), i, 30)), IsEmpty());
  }
  {
    absl::MutexLock lock(&mutex);
    const auto all = [&total] { return total == kJobs; };
    mutex.Await(absl::Condition(&all));
  }
  queue.Close();
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(taken, testing::Each(1));
}

}  // namespace
}  // namespace keyhold
