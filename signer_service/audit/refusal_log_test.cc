#include "signer_service/audit/refusal_log.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/audit/local_audit_logs.h"
#include "signer_service/audit/log_verifier.h"
#include "signer_service/audit/testing/audit_test_log.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

class RefusalLogTest : public testing::Test {
 protected:
  RefusalLogTest() {
    settings_.directory = NewAuditFolder();
    settings_.refusals_max_bytes = 4 << 20;
    log_ = *OpenRefusalsLog(settings_, nullptr);
    // Windows end when the test says so.
    refusals_ = std::make_unique<RefusalLog>(*log_, absl::InfiniteDuration());
  }

  static AuditRecord Refusal(absl::string_view identity,
                             absl::string_view reason) {
    AuditRecord record;
    record.event = AuditRecord::Event::kRefused;
    record.time = absl::Now();
    record.call = "Sign";
    record.identity = identity;
    record.server_name = "www.example.org";
    record.usage = "digest";
    record.outcome = "refused";
    record.reason = reason;
    return record;
  }
  // Ends the log.
  std::vector<std::string> Records() {
    refusals_.reset();
    log_.reset();
    std::vector<std::string> records;
    AuditVerifyOptions options;
    options.on_record = [&](const ParsedRecord& record,
                            absl::string_view line) {
      if (record.event() == "refused" || record.event() == "unauthenticated") {
        records.emplace_back(line);
      }
    };
    const auto verdict =
        VerifyAuditLog(absl::StrCat(settings_.directory, "/refusals"), options);
    EXPECT_THAT(verdict, IsOk());
    EXPECT_THAT(verdict->faults, IsEmpty());
    EXPECT_EQ(verdict->log, "refusals");
    return records;
  }

  AuditSettings settings_;
  std::unique_ptr<AuditLog> log_;
  std::unique_ptr<RefusalLog> refusals_;
};

TEST_F(RefusalLogTest, TheFirstOfAKindIsRecordedInFull) {
  refusals_->Record(Refusal("spiffe://a/b", "USAGE_NOT_ALLOWED"));
  EXPECT_THAT(
      Records(),
      ElementsAre(HasSubstr(
          R"("event":"refused","call":"Sign","identity":"spiffe://a/b",)"
          R"("usage":"digest","server_name":"www.example.org",)"
          R"("outcome":"refused","reason":"USAGE_NOT_ALLOWED","chain")")));
}

TEST_F(RefusalLogTest, RepeatsAreFolded) {
  for (int i = 0; i < 313; ++i) {
    refusals_->Record(Refusal("spiffe://a/b", "USAGE_NOT_ALLOWED"));
  }
  refusals_->Record(Refusal("spiffe://a/b", "KEY_NOT_FOUND"));
  const std::vector<std::string> records = Records();
  ASSERT_THAT(records, SizeIs(3));
  EXPECT_THAT(records[2],
              AllOf(HasSubstr(R"("reason":"USAGE_NOT_ALLOWED","repeats":312,)"),
                    Not(HasSubstr("www.example.org"))));
}

TEST_F(RefusalLogTest, ANewWindowBeginsAnew) {
  for (int window = 0; window < 3; ++window) {
    refusals_->Record(Refusal("spiffe://a/b", "USAGE_NOT_ALLOWED"));
    refusals_->EndWindow();
  }
  EXPECT_THAT(Records(), SizeIs(3));
}

TEST_F(RefusalLogTest, AnIdentityHasAMostOfKinds) {
  for (int i = 0; i < 1000; ++i) {
    refusals_->Record(Refusal("spiffe://a/b", absl::StrCat("R", i)));
  }
  refusals_->Record(Refusal("spiffe://other/b", "R0"));
  const std::vector<std::string> records = Records();
  ASSERT_THAT(records, SizeIs(RefusalLog::kMaxKinds + 2));
  EXPECT_THAT(records.back(),
              HasSubstr(absl::StrCat(R"("identity":"spiffe://a/b",)",
                                     R"("outcome":"refused","repeats":)",
                                     1000 - RefusalLog::kMaxKinds)));
}

TEST_F(RefusalLogTest, ManyIdentitiesFillNothingEither) {
  for (int i = 0; i < 1000; ++i) {
    refusals_->Record(Refusal(absl::StrCat("spiffe://a/", i), "R"));
  }
  const std::vector<std::string> records = Records();
  ASSERT_THAT(records, SizeIs(RefusalLog::kMaxIdentities + 1));
  EXPECT_THAT(records.back(),
              HasSubstr(absl::StrCat(R"("event":"refused","outcome":)",
                                     R"("refused","repeats":)",
                                     1000 - RefusalLog::kMaxIdentities)));
}

TEST_F(RefusalLogTest, WhatHasNoIdentityIsOnlyCounted) {
  for (int i = 0; i < 5; ++i) refusals_->CountUnauthenticated();
  EXPECT_THAT(Records(),
              ElementsAre(HasSubstr(R"("event":"unauthenticated","count":5)")));
}

TEST_F(RefusalLogTest, NeverTakesMoreThanItMay) {
  // Each is a record, of more than 2 KiB.
  const std::string identity(2000, 'x');
  for (int i = 0; i < 6000; ++i) {
    refusals_->Record(Refusal(identity, absl::StrCat(i)));
    refusals_->EndWindow();
  }
  refusals_.reset();
  log_.reset();
  uint64_t bytes = 0;
  for (int i = 1; i < 100; ++i) {
    bytes +=
        SegmentText(absl::StrCat(settings_.directory, "/refusals"), i).size();
  }
  EXPECT_GT(bytes, uint64_t{1} << 20);
  EXPECT_LE(bytes, uint64_t{4} << 20);
}

}  // namespace
}  // namespace keyhold
