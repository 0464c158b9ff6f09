#include "signer_service/audit/audit_log.h"

#include <cstdio>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/audit/log_verifier.h"
#include "signer_service/audit/testing/audit_test_log.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// Collects notices.
class Notices {
 public:
  std::function<void(const AuditNotice&)> Callback() {
    return [this](const AuditNotice& notice) {
      absl::MutexLock lock(&mutex_);
      notices_.push_back(notice);
    };
  }
  std::vector<AuditNotice> Of(AuditNotice::Kind kind) {
    absl::MutexLock lock(&mutex_);
    std::vector<AuditNotice> found;
    for (const AuditNotice& notice : notices_) {
      if (notice.kind == kind) found.push_back(notice);
    }
    return found;
  }

 private:
  absl::Mutex mutex_;
  std::vector<AuditNotice> notices_;
};

std::vector<std::string> FaultsOf(const std::string& folder) {
  const PublicKey key = TestAuditKey().public_key();
  absl::StatusOr<AuditVerdict> verdict = VerifyAuditLog(folder, {key, {}});
  EXPECT_TRUE(verdict.ok()) << verdict.status();
  std::vector<std::string> faults;
  for (const AuditFault& fault : verdict->faults) {
    faults.push_back(fault.message);
  }
  return faults;
}

TEST(AuditLogTest, ARecordHasTheDocumentedForm) {
  const std::string folder = NewAuditFolder();
  {
    const std::unique_ptr<AuditLog> log = OpenTestLog(folder);
    ASSERT_THAT(AppendAndWait(*log, TestBatch(1)), IsOk());
  }
  const std::vector<std::string> lines = LinesOf(SegmentText(folder, 1));
  ASSERT_EQ(lines.size(), 6u);
  EXPECT_THAT(lines[0], HasSubstr(R"("event":"segment","log":"signatures")"));
  EXPECT_THAT(lines[1], HasSubstr(R"("event":"start")"));
  const std::string& record =
      absl::StrContains(lines[2], "\"sign\"") ? lines[2] : lines[3];
  EXPECT_THAT(
      record,
      HasSubstr(absl::StrCat(
          R"(Z","event":"sign","identity":"spiffe://example.org/web",)",
          R"("key":"www","spki_sha256":")",
          "5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a",
          R"(","usage":"tls13_server","scheme":"ecdsa_secp256r1_sha256",)",
          R"("server_name":"www.example.org","transcript_hash":"a5a5)")));
  EXPECT_THAT(record, HasSubstr(R"("outcome":"signed","chain":")"));
  EXPECT_THAT(lines[4], HasSubstr(R"("event":"stop")"));
  EXPECT_THAT(lines[5], HasSubstr(R"("event":"checkpoint")"));
  EXPECT_THAT(FaultsOf(folder), IsEmpty());
}

TEST(AuditLogTest, ManyThreadsWriteOneChain) {
  const std::string folder = NewAuditFolder();
  constexpr int kThreads = 4;
  constexpr int kBatches = 500;
  {
    const std::unique_ptr<AuditLog> log = OpenTestLog(folder);
    absl::BlockingCounter answered(kThreads * kBatches);
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < kBatches; ++i) {
          log->Append(TestBatch(i % 7), absl::InfiniteFuture(),
                      [&](const absl::Status& status) {
                        EXPECT_THAT(status, IsOk());
                        answered.DecrementCount();
                      });
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    answered.Wait();
  }
  EXPECT_THAT(FaultsOf(folder), IsEmpty());
}

TEST(AuditLogTest, TheChainGoesOnInTheNextSegment) {
  const std::string folder = NewAuditFolder();
  {
    const std::unique_ptr<AuditLog> log = OpenTestLog(folder);
    // Of a mebibyte each; a little longer while the next is not there.
    while (SegmentText(folder, 3).empty()) {
      ASSERT_THAT(AppendAndWait(*log, TestBatch(100)), IsOk());
    }
  }
  EXPECT_THAT(LinesOf(SegmentText(folder, 1)).back(),
              HasSubstr(R"("event":"checkpoint")"));
  EXPECT_THAT(LinesOf(SegmentText(folder, 2)).front(),
              HasSubstr(R"("event":"segment")"));
  EXPECT_THAT(FaultsOf(folder), IsEmpty());
  // A segment by itself, its predecessors having been moved away.
  std::remove(absl::StrCat(folder, "/00000001.jsonl").c_str());
  EXPECT_THAT(FaultsOf(folder), IsEmpty());
}

TEST(AuditLogTest, GoesOnWhereItEnded) {
  const std::string folder = NewAuditFolder();
  AuditHead before;
  for (int start = 0; start < 3; ++start) {
    const std::unique_ptr<AuditLog> log = OpenTestLog(folder);
    ASSERT_THAT(AppendAndWait(*log, TestBatch(2)), IsOk());
    EXPECT_GT(log->head().sequence, before.sequence);
    before = log->head();
  }
  EXPECT_THAT(FaultsOf(folder), IsEmpty());
}

TEST(AuditLogTest, TheHeadIsToldWithEachCheckpoint) {
  const std::string folder = NewAuditFolder();
  Notices notices;
  {
    AuditOptions options;
    options.checkpoint_records = 10;
    options.on_notice = notices.Callback();
    const std::unique_ptr<AuditLog> log = OpenTestLog(folder, options);
    ASSERT_THAT(AppendAndWait(*log, TestBatch(25)), IsOk());
    ASSERT_THAT(AppendAndWait(*log, TestBatch(25)), IsOk());
  }
  const std::vector<AuditNotice> told =
      notices.Of(AuditNotice::Kind::kCheckpoint);
  ASSERT_GE(told.size(), 3u);
  EXPECT_THAT(
      LinesOf(SegmentText(folder, 1)).back(),
      HasSubstr(absl::StrCat("\"chain\":\"",
                             told.back().head.ToString().substr(
                                 told.back().head.ToString().find(':') + 1))));
  const PublicKey key = TestAuditKey().public_key();
  for (const AuditNotice& notice : told) {
    EXPECT_THAT(VerifyAuditLog(folder, {key, notice.head})->faults, IsEmpty());
  }
}

TEST(AuditLogTest, ALogHasOneWriter) {
  const std::string folder = NewAuditFolder();
  const std::unique_ptr<AuditLog> log = OpenTestLog(folder);
  EXPECT_THAT(DirectorySegments::Open(folder, {}),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("another process writes this audit log")));
}

}  // namespace
}  // namespace keyhold
