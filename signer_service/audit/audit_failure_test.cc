// What the log does when the disk is full, slow or broken.
#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/audit/audit_log.h"
#include "signer_service/audit/log_verifier.h"
#include "signer_service/audit/testing/audit_test_log.h"
#include "signer_service/audit/testing/faulty_segments.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = AuditNotice::Kind;

class AuditFailureTest : public testing::Test {
 protected:
  std::unique_ptr<AuditLog> Open(AuditOptions options) {
    options.segment_bytes = 1 << 20;
    options.on_notice = [this](const AuditNotice& notice) {
      absl::MutexLock lock(&mutex_);
      notices_.push_back(notice);
    };
    return *AuditLog::Open(
        std::make_unique<FaultySegments>(TestSegments(folder_), faults_),
        TestAuditKey(), std::move(options));
  }

  // Waits for the first notice of the kind, and takes it.
  std::string AwaitNotice(Kind kind) {
    absl::MutexLock lock(&mutex_);
    const auto find = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return std::find_if(
          notices_.begin(), notices_.end(),
          [kind](const AuditNotice& notice) { return notice.kind == kind; });
    };
    const auto told = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return find() != notices_.end();
    };
    mutex_.Await(absl::Condition(&told));
    const std::string message = find()->message;
    notices_.erase(find());
    return message;
  }

  AuditVerdict Verify() {
    return *VerifyAuditLog(folder_, {TestAuditKey().public_key()});
  }
  size_t Signatures() {
    size_t count = 0;
    AuditVerifyOptions options;
    options.on_record = [&](const ParsedRecord& record, absl::string_view) {
      if (record.event() == "sign") ++count;
    };
    EXPECT_THAT(VerifyAuditLog(folder_, options), IsOk());
    return count;
  }

  const std::string folder_ = NewAuditFolder();
  const std::shared_ptr<SegmentFaults> faults_ =
      std::make_shared<SegmentFaults>();
  absl::Mutex mutex_;
  std::vector<AuditNotice> notices_ ABSL_GUARDED_BY(mutex_);
};

TEST_F(AuditFailureTest, AFullDiskBlocks) {
  {
    const std::unique_ptr<AuditLog> log = Open({});
    ASSERT_THAT(AppendAndWait(*log, TestBatch(3)), IsOk());
    // The next write ends within a record.
    faults_->FailAfter(100, absl::ResourceExhaustedError("no space left"));
    const absl::Status refused = AppendAndWait(*log, TestBatch(2));
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kUnavailable,
                                  HasSubstr("it signs nothing")));
    EXPECT_EQ(GetReason(refused), ErrorReason::kAuditUnavailable);
    EXPECT_THAT(AwaitNotice(Kind::kBlocked),
                HasSubstr("no space left; NOTHING IS SIGNED"));
    EXPECT_EQ(log->Admit(), refused);
    EXPECT_EQ(AppendAndWait(*log, TestBatch(1)), refused);

    faults_->Heal();
    AwaitNotice(Kind::kWritable);
    EXPECT_THAT(log->Admit(), IsOk());
    EXPECT_THAT(AppendAndWait(*log, TestBatch(3)), IsOk());
    EXPECT_EQ(log->missing(), 0u);
  }
  EXPECT_THAT(Verify().faults, IsEmpty());
  // Two were sealed, and not released.
  EXPECT_EQ(Signatures(), 8u);
}

TEST_F(AuditFailureTest, AFullDiskIsCountedWherePolicySaysContinue) {
  {
    AuditOptions options;
    options.when_full = AuditWhenFull::kContinue;
    const std::unique_ptr<AuditLog> log = Open(options);
    ASSERT_THAT(AppendAndWait(*log, TestBatch(3)), IsOk());
    faults_->FailAfter(100, absl::ResourceExhaustedError("no space left"));
    EXPECT_THAT(AppendAndWait(*log, TestBatch(2)), IsOk());
    EXPECT_THAT(AwaitNotice(Kind::kLosing), HasSubstr("WITHOUT RECORDS"));
    EXPECT_THAT(AppendAndWait(*log, TestBatch(4)), IsOk());
    EXPECT_THAT(AppendAndWait(*log, TestBatch(5)), IsOk());
    EXPECT_EQ(log->missing(), 9u);
    faults_->Heal();
    AwaitNotice(Kind::kWritable);
    EXPECT_THAT(AppendAndWait(*log, TestBatch(1)), IsOk());
  }
  const AuditVerdict verdict = Verify();
  EXPECT_THAT(verdict.faults, IsEmpty());
  EXPECT_EQ(verdict.missing, 9u);
  // The two of the failed write came later.
  EXPECT_EQ(Signatures(), 6u);
}

TEST_F(AuditFailureTest, AWriteErrorIsLikeAFullDisk) {
  const std::unique_ptr<AuditLog> log = Open({});
  faults_->FailAfter(0, absl::UnavailableError("write: Input/output error"));
  EXPECT_THAT(AppendAndWait(*log, TestBatch(1)),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(AwaitNotice(Kind::kBlocked), HasSubstr("Input/output error"));
}

TEST_F(AuditFailureTest, AFailedSyncIsAFailedWrite) {
  AuditOptions options;
  options.sync = AuditSync::kBatch;
  const std::unique_ptr<AuditLog> log = Open(options);
  ASSERT_THAT(AppendAndWait(*log, TestBatch(1)), IsOk());
  faults_->FailSync(absl::UnavailableError("fdatasync: Input/output error"));
  EXPECT_THAT(AppendAndWait(*log, TestBatch(1)),
              StatusIs(absl::StatusCode::kUnavailable));
  faults_->Heal();
  AwaitNotice(Kind::kWritable);
  EXPECT_THAT(AppendAndWait(*log, TestBatch(1)), IsOk());
}

// The writer hangs in write(2): nobody else does.
TEST_F(AuditFailureTest, AStalledWriteIsAnsweredAtItsDeadline) {
  {
    AuditOptions options;
    // It is no full disk, whatever policy says of that.
    options.when_full = AuditWhenFull::kContinue;
    const std::unique_ptr<AuditLog> log = Open(options);
    ASSERT_THAT(AppendAndWait(*log, TestBatch(1)), IsOk());
    faults_->Stall();
    absl::Notification first;
    log->Append(TestBatch(1), absl::Now() + absl::Milliseconds(400),
                [&](const absl::Status& status) {
                  EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable,
                                               HasSubstr("not written in")));
                  first.Notify();
                });
    faults_->AwaitStalled();
    // Behind it in the queue: its own deadline counts.
    EXPECT_THAT(
        AppendAndWait(*log, TestBatch(1), absl::Now() + absl::Milliseconds(10)),
        StatusIs(absl::StatusCode::kUnavailable));
    first.WaitForNotification();
    EXPECT_THAT(AwaitNotice(Kind::kStalled), HasSubstr("takes longer"));
    EXPECT_THAT(log->Admit(), StatusIs(absl::StatusCode::kUnavailable));

    faults_->Heal();
    AwaitNotice(Kind::kWritable);
    EXPECT_THAT(log->Admit(), IsOk());
    EXPECT_THAT(AppendAndWait(*log, TestBatch(1)), IsOk());
  }
  EXPECT_THAT(Verify().faults, IsEmpty());
  // That of the stalled write is there, though its signature was not released.
  EXPECT_EQ(Signatures(), 3u);
}

TEST_F(AuditFailureTest, WhatWaitsAtTheEndIsAnswered) {
  std::atomic<int> answered{0};
  {
    const std::unique_ptr<AuditLog> log = Open({});
    for (int i = 0; i < 100; ++i) {
      log->Append(TestBatch(1), absl::InfiniteFuture(),
                  [&](const absl::Status&) { ++answered; });
    }
  }
  EXPECT_EQ(answered, 100);
  EXPECT_EQ(Signatures(), 100u);
}

TEST_F(AuditFailureTest, ANewLogNeedsRoomForItsFirstSegment) {
  faults_->FailAllocate(absl::ResourceExhaustedError("no space left"));
  EXPECT_THAT(AuditLog::Open(std::make_unique<FaultySegments>(
                                 TestSegments(folder_), faults_),
                             TestAuditKey(), {}),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("no space left")));
}

TEST_F(AuditFailureTest, WithoutTheNextSegmentThePresentOneGoesOn) {
  const std::unique_ptr<AuditLog> log = Open({});
  faults_->FailAllocate(absl::ResourceExhaustedError("no space left"));
  // The spare one may have been there already.
  while (SegmentText(folder_, 1).size() < 3 * (1 << 20) &&
         SegmentText(folder_, 2).size() < 3 * (1 << 20)) {
    ASSERT_THAT(AppendAndWait(*log, TestBatch(1000)), IsOk());
  }
  EXPECT_THAT(AwaitNotice(Kind::kNoSpare),
              HasSubstr("cannot be allocated: no space left"));
}

TEST_F(AuditFailureTest, ALogWithAMostStopsAtASegmentsEnd) {
  AuditOptions options;
  options.may_exceed_segment = false;
  options.when_full = AuditWhenFull::kContinue;
  const std::unique_ptr<AuditLog> log = Open(options);
  faults_->FailAllocate(absl::ResourceExhaustedError("no space left"));
  while (log->missing() == 0) {
    ASSERT_THAT(AppendAndWait(*log, TestBatch(100)), IsOk());
  }
  EXPECT_LE(SegmentText(folder_, 1).size(), size_t{1} << 20);
  EXPECT_LE(SegmentText(folder_, 2).size(), size_t{1} << 20);
  faults_->Heal();
  AwaitNotice(Kind::kWritable);
}

}  // namespace
}  // namespace keyhold
