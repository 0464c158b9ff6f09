// Which signatures wait for which: an engine with a gate holds the slow lane
// up, and no test looks at a clock.
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/engines/gated_engine.h"
#include "signer_service/vault/in_process_vault.h"
#include "signer_service/vault/vault_test_input.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// What came back for the jobs that were asked for in turn.
class Answers {
 public:
  // Of the batch whose first job has number `first`.
  Vault::OnResults Receiver(size_t first = 0) {
    return [this, first](std::vector<JobResult> results) {
      absl::MutexLock lock(&mutex_);
      for (JobResult& result : results) {
        order_.push_back(first + result.job);
        by_job_.resize(std::max(by_job_.size(), order_.back() + 1));
        by_job_[order_.back()] = std::move(result.signature);
      }
    };
  }
  // The numbers of the jobs that have been answered, in that order.
  std::vector<size_t> Await(size_t count) {
    absl::MutexLock lock(&mutex_);
    const auto enough = [&] { return order_.size() >= count; };
    mutex_.Await(absl::Condition(&enough));
    return order_;
  }
  absl::StatusOr<std::string> Of(size_t job) {
    absl::MutexLock lock(&mutex_);
    return by_job_[job];
  }

 private:
  absl::Mutex mutex_;
  std::vector<size_t> order_;
  std::vector<absl::StatusOr<std::string>> by_job_;
};

class InProcessVaultLanesTest : public testing::Test {
 protected:
  void Start(FairQueueLimits limits = {}) {
    InProcessVaultOptions options;
    options.engines = GatedEngineTable(gate_);
    options.callers_help = false;
    options.slow_lane.threads = 1;
    options.slow_lane.limits = limits;
    vault_ = std::make_unique<InProcessVault>(std::move(options));
    std::vector<KeyFile> files;
    files.push_back(TestKeyFile("rsa", TestKeyPem(TestKeyKind::kRsa2048)));
    files.push_back(TestKeyFile("p256", TestKeyPem(TestKeyKind::kP256)));
    vault_->ReplaceKeys(std::move(files));
  }
  void TearDown() override { gate_->Open(); }

  static SignJob Job(TestKeyKind kind, const std::string& identity = "app") {
    const PublicKey key = TestPublicKey(kind);
    SignJob job;
    job.request = MessageRequest(key, key.DefaultPreferences().front(), "m");
    job.hop.identity = identity;
    return job;
  }
  static std::vector<SignJob> Jobs(TestKeyKind kind, size_t count,
                                   const std::string& identity = "app") {
    return std::vector<SignJob>(count, Job(kind, identity));
  }
  // The lane's thread holds one job, behind the gate; it is number 0.
  void HoldUp() {
    vault_->Sign(Jobs(TestKeyKind::kRsa2048, 1, "first"), answers_.Receiver());
    gate_->AwaitArrival();
  }
  void ExpectError(size_t job, absl::StatusCode code, ErrorReason reason,
                   const std::string& text) {
    const absl::Status status = answers_.Of(job).status();
    EXPECT_THAT(status, StatusIs(code, HasSubstr(text)));
    EXPECT_EQ(GetReason(status), reason);
  }

  const std::shared_ptr<Gate> gate_ = std::make_shared<Gate>();
  Answers answers_;
  std::unique_ptr<InProcessVault> vault_;
};

TEST_F(InProcessVaultLanesTest, CheapOnesAreAnsweredWhileRsaIsHeldUp) {
  Start();
  std::vector<SignJob> jobs = Jobs(TestKeyKind::kRsa2048, 2);
  jobs.push_back(Job(TestKeyKind::kP256));
  jobs.push_back(Job(TestKeyKind::kRsa2048));
  jobs.push_back(Job(TestKeyKind::kP256));
  // Within Sign.
  vault_->Sign(std::move(jobs), answers_.Receiver());
  EXPECT_THAT(answers_.Await(0), ElementsAre(2, 4));
  for (int i = 0; i < 100; ++i) {
    EXPECT_THAT(SignOne(*vault_, Job(TestKeyKind::kP256).request), IsOk());
  }
  EXPECT_THAT(answers_.Await(0), ElementsAre(2, 4));
  gate_->Open();
  EXPECT_THAT(answers_.Await(5), ElementsAre(2, 4, 0, 1, 3));
  for (size_t job = 0; job < 5; ++job) EXPECT_THAT(answers_.Of(job), IsOk());
}

TEST_F(InProcessVaultLanesTest, RefusalsDoNotWaitForRsa) {
  Start();
  std::vector<SignJob> jobs = Jobs(TestKeyKind::kRsa2048, 3);
  jobs[1].request.clear_scheme();
  vault_->Sign(std::move(jobs), answers_.Receiver());
  EXPECT_THAT(answers_.Await(0), ElementsAre(1));
  gate_->Open();
  EXPECT_THAT(answers_.Await(3), ElementsAre(1, 0, 2));
}

TEST(InProcessVaultHelpTest, WhoAsksForRsaAloneMakesOneHimself) {
  const auto gate = std::make_shared<Gate>(/*from_bits=*/4096);
  InProcessVaultOptions options;
  options.engines = GatedEngineTable(gate);
  options.slow_lane.threads = 1;
  InProcessVault vault(std::move(options));
  std::vector<KeyFile> files;
  files.push_back(TestKeyFile("large", TestKeyPem(TestKeyKind::kRsa4096)));
  files.push_back(TestKeyFile("rsa", TestKeyPem(TestKeyKind::kRsa2048)));
  files.push_back(TestKeyFile("p256", TestKeyPem(TestKeyKind::kP256)));
  vault.ReplaceKeys(std::move(files));
  const auto jobs = [](TestKeyKind kind, size_t count) {
    const PublicKey key = TestPublicKey(kind);
    std::vector<SignJob> jobs(count);
    for (SignJob& job : jobs) {
      job.request = MessageRequest(key, key.DefaultPreferences().front(), "m");
    }
    return jobs;
  };
  Answers answers;
  // Never helped with: Sign returns, and the lane is held up.
  vault.Sign(jobs(TestKeyKind::kRsa4096, 1), answers.Receiver());
  gate->AwaitArrival();
  vault.Sign(jobs(TestKeyKind::kRsa2048, 2), answers.Receiver(1));
  EXPECT_THAT(answers.Await(0), ElementsAre(1));
  // Whoever has cheap ones to answer does not help.
  std::vector<SignJob> mixed = jobs(TestKeyKind::kP256, 1);
  mixed.push_back(jobs(TestKeyKind::kRsa2048, 1).front());
  vault.Sign(std::move(mixed), answers.Receiver(3));
  EXPECT_THAT(answers.Await(0), ElementsAre(1, 3));
  gate->Open();
  answers.Await(5);
  for (size_t job = 0; job < 5; ++job) EXPECT_THAT(answers.Of(job), IsOk());
}

TEST_F(InProcessVaultLanesTest, IdentitiesTakeTurns) {
  Start();
  HoldUp();
  vault_->Sign(Jobs(TestKeyKind::kRsa2048, 12, "busy"), answers_.Receiver(1));
  vault_->Sign(Jobs(TestKeyKind::kRsa2048, 1, "calm"), answers_.Receiver(13));
  gate_->Open();
  EXPECT_THAT(answers_.Await(14),
              ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 13, 9, 10, 11, 12));
}

TEST_F(InProcessVaultLanesTest, AFullQueueAnswersAtOnce) {
  FairQueueLimits limits;
  limits.jobs = 4;
  limits.jobs_of_identity = 3;
  Start(limits);
  HoldUp();
  vault_->Sign(Jobs(TestKeyKind::kRsa2048, 5, "busy"), answers_.Receiver(1));
  EXPECT_THAT(answers_.Await(0), ElementsAre(4, 5));
  vault_->Sign(Jobs(TestKeyKind::kRsa2048, 2, "calm"), answers_.Receiver(6));
  EXPECT_THAT(answers_.Await(0), ElementsAre(4, 5, 7));
  for (size_t job : {4, 5, 7}) {
    ExpectError(job, absl::StatusCode::kResourceExhausted,
                ErrorReason::kTooManyInFlight,
                "too many signatures by keys that take long to sign wait here: "
                "at most 4, and 3 of one caller");
  }
  // Cheap ones need no room there.
  EXPECT_THAT(SignOne(*vault_, Job(TestKeyKind::kP256).request), IsOk());
  gate_->Open();
  answers_.Await(8);
  for (size_t job : {0, 1, 2, 3, 6}) EXPECT_THAT(answers_.Of(job), IsOk());
}

TEST_F(InProcessVaultLanesTest, WhatIsTooLateWhenItsTurnComesIsNotSigned) {
  Start();
  HoldUp();
  const absl::Time deadline = absl::Now() + absl::Milliseconds(20);
  std::vector<SignJob> jobs = Jobs(TestKeyKind::kRsa2048, 2);
  jobs[0].hop.deadline = deadline;
  vault_->Sign(std::move(jobs), answers_.Receiver(1));
  while (absl::Now() <= deadline) std::this_thread::yield();
  gate_->Open();
  answers_.Await(3);
  ExpectError(1, absl::StatusCode::kDeadlineExceeded,
              ErrorReason::kDeadlinePassed, "not signed");
  EXPECT_THAT(answers_.Of(2), IsOk());
}

TEST_F(InProcessVaultLanesTest, WhatIsCancelledWhileItWaitsIsNotSigned) {
  Start();
  HoldUp();
  const auto cancelled = std::make_shared<std::atomic<bool>>(false);
  std::vector<SignJob> jobs = Jobs(TestKeyKind::kRsa2048, 2);
  jobs[0].cancelled = cancelled;
  vault_->Sign(std::move(jobs), answers_.Receiver(1));
  *cancelled = true;
  gate_->Open();
  answers_.Await(3);
  ExpectError(1, absl::StatusCode::kCancelled, ErrorReason::kCancelled,
              "cancelled by the client before it was signed");
  EXPECT_THAT(answers_.Of(2), IsOk());
}

TEST_F(InProcessVaultLanesTest, AKeyThatIsGoneWhenItsTurnComesDoesNotSign) {
  Start();
  HoldUp();
  vault_->Sign(Jobs(TestKeyKind::kRsa2048, 1), answers_.Receiver(1));
  vault_->ReplaceKeys({});
  gate_->Open();
  answers_.Await(2);
  // It had begun.
  EXPECT_THAT(answers_.Of(0), IsOk());
  ExpectError(1, absl::StatusCode::kNotFound, ErrorReason::kKeyNotFound,
              "no key");
}

TEST_F(InProcessVaultLanesTest, WhatIsFrozenWhileItWaitsIsNotSigned) {
  Start();
  HoldUp();
  vault_->Sign(Jobs(TestKeyKind::kRsa2048, 1), answers_.Receiver(1));
  vault_->Sign(Jobs(TestKeyKind::kRsa2048, 1, "spiffe://example.org/b"),
               answers_.Receiver(2));
  FreezeList frozen;
  ASSERT_THAT(frozen.FreezeIdentity("spiffe://example.org/b"), IsOk());
  vault_->SetFrozen(frozen);
  gate_->Open();
  answers_.Await(3);
  EXPECT_THAT(answers_.Of(1), IsOk());
  ExpectError(2, absl::StatusCode::kPermissionDenied,
              ErrorReason::kIdentityFrozen,
              "spiffe://example.org/b is frozen on this signer; its operator "
              "may release it with `keyhold unfreeze`");
}

TEST_F(InProcessVaultLanesTest, AFrozenKeySignsNothingUntilItIsReleased) {
  Start();
  FreezeList frozen;
  ASSERT_THAT(frozen.FreezeKey("p256"), IsOk());
  vault_->SetFrozen(frozen);
  const SignJob job = Job(TestKeyKind::kP256);
  const absl::Status status = SignOne(*vault_, job.request).status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kPermissionDenied,
                               HasSubstr("key p256 is frozen")));
  EXPECT_EQ(GetReason(status), ErrorReason::kKeyFrozen);
  vault_->SetFrozen({});
  EXPECT_THAT(SignOne(*vault_, job.request), IsOk());
}

TEST_F(InProcessVaultLanesTest, TheVaultsEndAnswersWhatWaits) {
  Start();
  HoldUp();
  vault_->Sign(Jobs(TestKeyKind::kRsa2048, 20), answers_.Receiver(1));
  std::thread end([this] { vault_.reset(); });
  // Perhaps before the end, perhaps within it: whatever has not begun by then
  // is told so.
  gate_->Open();
  end.join();
  EXPECT_EQ(answers_.Await(21).size(), 21u);
  for (size_t job = 0; job < 21; ++job) {
    if (answers_.Of(job).ok()) continue;
    ExpectError(job, absl::StatusCode::kUnavailable, ErrorReason::kDraining,
                "shutting down");
  }
}

}  // namespace
}  // namespace keyhold
