// A crash at any byte breaks no chain, and loses nothing that was answered.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/audit/log_verifier.h"
#include "signer_service/audit/segment_folder.h"
#include "signer_service/audit/testing/audit_test_log.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::IsEmpty;

AuditVerdict Verify(const std::string& folder) {
  return *VerifyAuditLog(folder, {TestAuditKey().public_key()});
}

void AppendOne(const std::string& folder) {
  const std::unique_ptr<AuditLog> log = OpenTestLog(folder);
  ASSERT_THAT(AppendAndWait(*log, TestBatch(1)), IsOk());
}

TEST(AuditCrashTest, TornAtAnyByteOfItsLastRecords) {
  const std::string folder = NewAuditFolder();
  AppendOne(folder);
  const std::string whole = SegmentText(folder, 1);
  const std::vector<std::string> lines = LinesOf(whole);
  ASSERT_EQ(lines.size(), 6u);
  size_t kept = 0;
  for (const std::string& line : lines) {
    for (size_t cut = 0; cut < line.size();
         cut = cut + 10 < line.size() ? cut + 1 + cut / 40 : cut + 1) {
      WriteSegment(folder, 1, whole.substr(0, kept + cut));
      AppendOne(folder);
      ASSERT_EQ(SegmentText(folder, 2), "");
      const AuditVerdict verdict = Verify(folder);
      ASSERT_THAT(verdict.faults, IsEmpty())
          << verdict.faults.front().message << " at byte " << kept + cut;
      // Without its line's end the record is whole all the same.
      const bool torn = cut > 0 && cut + 1 < line.size();
      EXPECT_EQ(verdict.recovered, torn ? 1u : 0u) << kept + cut;
      // What was whole is there, and in front.
      ASSERT_EQ(SegmentText(folder, 1).substr(0, kept + cut),
                whole.substr(0, kept + cut));
    }
    kept += line.size();
  }
}

// After a loss of power a file may have its size, and zeros for its content.
TEST(AuditCrashTest, ZerosAtTheEnd) {
  const std::string folder = NewAuditFolder();
  AppendOne(folder);
  WriteSegment(folder, 1,
               absl::StrCat(SegmentText(folder, 1), std::string(5000, '\0')));
  AppendOne(folder);
  EXPECT_THAT(Verify(folder).faults, IsEmpty());
  EXPECT_EQ(Verify(folder).recovered, 1u);
}

TEST(AuditCrashTest, TornWhileItClosedATornRecord) {
  const std::string folder = NewAuditFolder();
  AppendOne(folder);
  const std::string whole = SegmentText(folder, 1);
  const std::string torn = whole.substr(0, whole.size() - 20);
  WriteSegment(folder, 1, torn);
  AppendOne(folder);
  const std::string recovered = SegmentText(folder, 1);
  for (size_t cut = torn.size(); cut < torn.size() + 300; cut += 7) {
    WriteSegment(folder, 1, recovered.substr(0, cut));
    AppendOne(folder);
    ASSERT_THAT(Verify(folder).faults, IsEmpty()) << cut;
  }
}

TEST(AuditCrashTest, TornInTheFirstRecordOfASegment) {
  const std::string folder = NewAuditFolder();
  {
    const std::unique_ptr<AuditLog> log = OpenTestLog(folder);
    while (SegmentText(folder, 2).empty()) {
      ASSERT_THAT(AppendAndWait(*log, TestBatch(100)), IsOk());
    }
  }
  const std::string first_line = LinesOf(SegmentText(folder, 2)).front();
  for (size_t cut = 1; cut < first_line.size(); cut += 23) {
    WriteSegment(folder, 2, first_line.substr(0, cut));
    AppendOne(folder);
    const AuditVerdict verdict = Verify(folder);
    ASSERT_THAT(verdict.faults, IsEmpty())
        << verdict.faults.front().message << " at byte " << cut;
    EXPECT_EQ(verdict.recovered, 1u);
  }
}

// Writes until it is killed; says on `answers` what has been answered, a byte
// a record.
[[noreturn]] void WriteForEver(const std::string& folder, int answers) {
  const std::unique_ptr<AuditLog> log = OpenTestLog(folder);
  uint64_t batch = 0;
  while (true) {
    const size_t records = 1 + batch++ % 5;
    if (!AppendAndWait(*log, TestBatch(records)).ok()) _exit(1);
    const std::string bytes(records, 'x');
    if (write(answers, bytes.data(), bytes.size()) < 0) _exit(1);
  }
}

TEST(AuditCrashTest, KilledAtAnyTime) {
  const std::string folder = NewAuditFolder();
  constexpr int kRounds = 25;
  std::mt19937 random(20261124);
  uint64_t answered = 0;
  for (int round = 0; round < kRounds; ++round) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      WriteForEver(folder, ends[1]);
    }
    close(ends[1]);
    // Not at the same place each time; it is in the midst of a write then, or
    // about to begin one.
    uint64_t wanted = 1 + random() % 2000;
    char bytes[256];
    ssize_t got;
    while (wanted > 0 &&
           (got = read(ends[0], bytes,
                       std::min<uint64_t>(wanted, sizeof(bytes)))) > 0) {
      wanted -= got;
      answered += got;
    }
    ASSERT_EQ(wanted, 0u) << "the writer ended by itself";
    kill(child, SIGKILL);
    while ((got = read(ends[0], bytes, sizeof(bytes))) > 0) answered += got;
    close(ends[0]);
    int status;
    ASSERT_EQ(waitpid(child, &status, 0), child);
  }
  OpenTestLog(folder).reset();
  uint64_t signatures = 0;
  AuditVerifyOptions options;
  options.key = TestAuditKey().public_key();
  options.on_record = [&](const ParsedRecord& record, absl::string_view) {
    if (record.event() == "sign") ++signatures;
  };
  const AuditVerdict verdict = *VerifyAuditLog(folder, options);
  EXPECT_THAT(verdict.faults, IsEmpty());
  EXPECT_GE(signatures, answered);
  // At most one batch a round was written and not answered.
  EXPECT_LE(signatures, answered + kRounds * 5);
}

}  // namespace
}  // namespace keyhold
