#include "signer_service/front/refusal_record.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/audit/local_audit_logs.h"
#include "signer_service/audit/log_verifier.h"
#include "signer_service/audit/testing/audit_test_log.h"
#include "signer_service/front/testing/test_snapshot.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RefusalRecordTest : public testing::Test {
 protected:
  RefusalRecordTest() {
    settings_.directory = NewAuditFolder();
    log_ = *OpenRefusalsLog(settings_, nullptr);
    refusals_ = std::make_unique<RefusalLog>(*log_, absl::InfiniteDuration());
  }

  void Record(const absl::Status& status) {
    AskedSignature asked;
    const std::string spki = TestSpkiSha256(TestKeyKind::kP256);
    asked.spki_sha256 = spki;
    asked.usage = signer::v1::USAGE_DIGEST;
    asked.scheme = 0x0403;
    asked.server_name = "www.example.org";
    asked.request_id = "0123456789abcdef";
    RecordRefusal(refusals_.get(), "Sign", caller_, asked, status);
  }
  std::vector<std::string> Records() {
    refusals_.reset();
    log_.reset();
    std::vector<std::string> records;
    AuditVerifyOptions options;
    options.on_record = [&](const ParsedRecord& record,
                            absl::string_view line) {
      if (record.event() != "segment" && record.event() != "start" &&
          record.event() != "stop") {
        records.emplace_back(line);
      }
    };
    EXPECT_THAT(
        VerifyAuditLog(settings_.directory + "/refusals", options)->faults,
        IsEmpty());
    return records;
  }

  const CallerView caller_{
      TestSnapshot({TestCatalogKey("www", TestKeyKind::kP256)}, {}),
      Identity::FromUid(33)};
  AuditSettings settings_;
  std::unique_ptr<AuditLog> log_;
  std::unique_ptr<RefusalLog> refusals_;
};

TEST_F(RefusalRecordTest, SaysWhoWhatAndWhy) {
  Record(WithReason(absl::PermissionDeniedError("no"),
                    ErrorReason::kUsageNotAllowed));
  EXPECT_THAT(
      Records(),
      ElementsAre(AllOf(
          HasSubstr(R"("event":"refused","call":"Sign","identity":"uid:33",)"
                    R"("key":"www","spki_sha256":")"),
          HasSubstr(R"("usage":"digest","scheme":"ecdsa_secp256r1_sha256",)"
                    R"("server_name":"www.example.org","request_id":)"),
          HasSubstr(R"("outcome":"refused","reason":"USAGE_NOT_ALLOWED",)"))));
}

TEST_F(RefusalRecordTest, WhatCameAtTheWrongTimeIsNoRefusal) {
  Record(absl::UnavailableError("draining"));
  Record(absl::DeadlineExceededError("too late"));
  Record(absl::CancelledError("given up"));
  Record(absl::DataLossError("the vault's to record"));
  EXPECT_THAT(Records(), IsEmpty());
}

TEST_F(RefusalRecordTest, WithoutAnIdentityItIsOnlyCounted) {
  Record(absl::UnauthenticatedError("who?"));
  EXPECT_THAT(Records(),
              ElementsAre(HasSubstr(R"("event":"unauthenticated","count":1)")));
}

TEST_F(RefusalRecordTest, WithoutALogNothingHappens) {
  RecordRefusal(nullptr, "Sign", caller_, {}, absl::NotFoundError("none"));
}

}  // namespace
}  // namespace keyhold
