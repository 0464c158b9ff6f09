#include "signer_service/audit/local_audit_logs.h"

#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/audit/log_verifier.h"
#include "signer_service/audit/testing/audit_test_log.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class LocalAuditLogsTest : public testing::Test {
 protected:
  LocalAuditLogsTest() {
    settings_.directory = NewAuditFolder();
    settings_.key_file = settings_.directory + "/audit.key";
    settings_.segment_bytes = 1 << 20;
    settings_.refusals_max_bytes = 4 << 20;
    WriteKey(TestKeyPem(TestKeyKind::kEd25519));
  }
  void WriteKey(const std::string& pem) {
    std::ofstream(settings_.key_file, std::ios::trunc) << pem;
  }

  AuditSettings settings_;
};

TEST_F(LocalAuditLogsTest, EachLogHasItsFolder) {
  {
    const auto signatures = OpenSignaturesLog(settings_, nullptr);
    ASSERT_THAT(signatures, IsOk());
    ASSERT_THAT(AppendAndWait(**signatures, TestBatch(1)), IsOk());
    ASSERT_THAT(OpenRefusalsLog(settings_, nullptr), IsOk());
  }
  const auto signatures = VerifyAuditLog(settings_.directory + "/signatures",
                                         {TestAuditKey().public_key()});
  ASSERT_THAT(signatures, IsOk());
  EXPECT_THAT(signatures->faults, IsEmpty());
  EXPECT_EQ(signatures->log, "signatures");
  EXPECT_EQ(signatures->checkpoints, 2u);
  const auto refusals = VerifyAuditLog(settings_.directory + "/refusals", {});
  ASSERT_THAT(refusals, IsOk());
  EXPECT_EQ(refusals->log, "refusals");
  EXPECT_EQ(refusals->checkpoints_unchecked, 0u);
}

TEST_F(LocalAuditLogsTest, TheKeyIsAnEd25519Key) {
  WriteKey(TestKeyPem(TestKeyKind::kP256));
  EXPECT_THAT(OpenSignaturesLog(settings_, nullptr),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("audit.key: the audit key is not an "
                                       "Ed25519 key"),
                             HasSubstr("keyhold audit init-key"))));
  WriteKey("");
  EXPECT_THAT(OpenSignaturesLog(settings_, nullptr),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("is not a file of at most 65536 bytes")));
  settings_.key_file += ".none";
  EXPECT_THAT(OpenSignaturesLog(settings_, nullptr),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("No such file")));
}

}  // namespace
}  // namespace keyhold
