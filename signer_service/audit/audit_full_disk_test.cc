// Writes that the kernel really refuses: the limit of a file's size ends them
// within a record, as a full disk does.
#include <sys/resource.h>

#include <csignal>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/audit/log_verifier.h"
#include "signer_service/audit/testing/audit_test_log.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Lifts the limit in the end.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit = {bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { Lift(); }
  void Lift() { setrlimit(RLIMIT_FSIZE, &before_); }

 private:
  rlimit before_;
};

struct Told {
  absl::Notification blocked;
  absl::Notification losing;
  absl::Notification writable;

  std::function<void(const AuditNotice&)> Callback() {
    return [this](const AuditNotice& notice) {
      using Kind = AuditNotice::Kind;
      if (notice.kind == Kind::kBlocked) blocked.Notify();
      if (notice.kind == Kind::kLosing) losing.Notify();
      if (notice.kind == Kind::kWritable) writable.Notify();
    };
  }
};

// Within the first segment, whose room is reserved but beyond the limit.
constexpr rlim_t kLimit = 300 * 1024;

std::unique_ptr<AuditLog> OpenSmall(const std::string& folder,
                                    AuditOptions options) {
  options.segment_bytes = 1 << 20;
  DirectorySegments::Options segments;
  segments.segment_bytes = kLimit / 2;
  return *AuditLog::Open(TestSegments(folder, segments), TestAuditKey(),
                         std::move(options));
}

TEST(AuditFullDiskTest, Block) {
  const std::string folder = NewAuditFolder();
  Told told;
  uint64_t answered = 0;
  {
    FileSizeLimit limit(kLimit);
    AuditOptions options;
    options.on_notice = told.Callback();
    const std::unique_ptr<AuditLog> log = OpenSmall(folder, options);
    absl::Status status;
    while ((status = AppendAndWait(*log, TestBatch(7))).ok()) answered += 7;
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_TRUE(told.blocked.HasBeenNotified());
    EXPECT_GT(answered, 300u);
    limit.Lift();
    told.writable.WaitForNotification();
    EXPECT_THAT(AppendAndWait(*log, TestBatch(7)), IsOk());
    answered += 7;
  }
  const AuditVerdict verdict =
      *VerifyAuditLog(folder, {TestAuditKey().public_key()});
  EXPECT_THAT(verdict.faults, IsEmpty());
  EXPECT_EQ(verdict.recovered, 0u);
  EXPECT_GE(verdict.records, answered);
}

TEST(AuditFullDiskTest, Continue) {
  const std::string folder = NewAuditFolder();
  Told told;
  uint64_t missing = 0;
  {
    FileSizeLimit limit(kLimit);
    AuditOptions options;
    options.when_full = AuditWhenFull::kContinue;
    options.on_notice = told.Callback();
    const std::unique_ptr<AuditLog> log = OpenSmall(folder, options);
    while (!told.losing.HasBeenNotified()) {
      ASSERT_THAT(AppendAndWait(*log, TestBatch(7)), IsOk());
    }
    ASSERT_THAT(AppendAndWait(*log, TestBatch(7)), IsOk());
    limit.Lift();
    told.writable.WaitForNotification();
    missing = log->missing();
  }
  EXPECT_GE(missing, 7u);
  const AuditVerdict verdict =
      *VerifyAuditLog(folder, {TestAuditKey().public_key()});
  EXPECT_THAT(verdict.faults, IsEmpty());
  EXPECT_EQ(verdict.missing, missing);
}

// It ends while the disk is full, in the midst of a record.
TEST(AuditFullDiskTest, EndsWhileFullAndGoesOnLater) {
  const std::string folder = NewAuditFolder();
  {
    FileSizeLimit limit(kLimit);
    const std::unique_ptr<AuditLog> log = OpenSmall(folder, {});
    while (AppendAndWait(*log, TestBatch(7)).ok()) {
    }
  }
  OpenSmall(folder, {}).reset();
  const AuditVerdict verdict =
      *VerifyAuditLog(folder, {TestAuditKey().public_key()});
  EXPECT_THAT(verdict.faults, IsEmpty());
  EXPECT_EQ(verdict.recovered, 1u);
}

// It opens all the same, and signs nothing.
TEST(AuditFullDiskTest, OpensBlocked) {
  const std::string folder = NewAuditFolder();
  OpenSmall(folder, {}).reset();
  FileSizeLimit limit(600);
  Told told;
  AuditOptions options;
  options.on_notice = told.Callback();
  const std::unique_ptr<AuditLog> log = OpenSmall(folder, options);
  EXPECT_THAT(log->Admit(), StatusIs(absl::StatusCode::kUnavailable,
                                     HasSubstr("cannot be written")));
  limit.Lift();
  told.writable.WaitForNotification();
  EXPECT_THAT(AppendAndWait(*log, TestBatch(1)), IsOk());
}

}  // namespace
}  // namespace keyhold
