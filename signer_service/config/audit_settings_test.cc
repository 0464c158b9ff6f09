// The audit part of signer.yaml.
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/config/settings_test_files.h"
#include "signer_service/config/signer_settings.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class AuditSettingsTest : public testing::Test {
 protected:
  absl::StatusOr<SignerSettings> Parse(const std::string& audit) {
    return SignerSettings::Parse(
        files_.config(), absl::StrCat("listen: {unix: [{path: /run/a.sock}]}\n"
                                      "keys: {directories: [keys]}\n"
                                      "policy: {rules: []}\n",
                                      audit));
  }

  SettingsTestFiles files_;
};

TEST_F(AuditSettingsTest, NoneUnlessNamed) {
  const auto settings = Parse("");
  ASSERT_THAT(settings, IsOk());
  EXPECT_FALSE(settings->audit().has_value());
}

TEST_F(AuditSettingsTest, Defaults) {
  const auto settings = Parse("audit: {directory: log, key_file: a.key}\n");
  ASSERT_THAT(settings, IsOk());
  const AuditSettings& audit = settings->audit().value();
  EXPECT_EQ(audit.directory, files_.Path("log"));
  EXPECT_EQ(audit.key_file, files_.Path("a.key"));
  EXPECT_EQ(audit.sync, AuditSync::kNone);
  EXPECT_EQ(audit.when_full, AuditWhenFull::kBlock);
  EXPECT_EQ(audit.segment_bytes, 33554432u);
  EXPECT_EQ(audit.refusals_max_bytes, 33554432u);
}

TEST_F(AuditSettingsTest, AllOfIt) {
  const auto settings = Parse(
      "audit:\n"
      "  directory: /var/log/keyhold\n"
      "  key_file: a.key\n"
      "  sync: batch\n"
      "  when_full: continue\n"
      "  segment_bytes: 1048576\n"
      "  refusals_max_bytes: 4194304\n");
  ASSERT_THAT(settings, IsOk());
  const AuditSettings& audit = settings->audit().value();
  EXPECT_EQ(audit.directory, "/var/log/keyhold");
  EXPECT_EQ(audit.sync, AuditSync::kBatch);
  EXPECT_EQ(audit.when_full, AuditWhenFull::kContinue);
  EXPECT_EQ(audit.segment_bytes, 1048576u);
  EXPECT_EQ(audit.refusals_max_bytes, 4194304u);
}

TEST_F(AuditSettingsTest, Faults) {
  EXPECT_THAT(
      Parse("audit: {segment_bytes: 5, refusals_max_bytes: 2000000000}\n"),
      StatusIs(
          absl::StatusCode::kInvalidArgument,
          AllOf(HasSubstr("audit.directory: required: the folder of the logs"),
                HasSubstr("audit.key_file: required: the path of a file"),
                HasSubstr("audit.segment_bytes: expected 1048576 to "
                          "1073741824, got 5"),
                HasSubstr("audit.refusals_max_bytes: expected 4194304 to "))));
  EXPECT_THAT(
      Parse("audit: {directory: log, key_file: a.key, sync: always}\n"),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("audit.sync")));
}

TEST_F(AuditSettingsTest, OnlyARestartChangesIt) {
  EXPECT_NE(Parse("")->fixed_until_restart(),
            Parse("audit: {directory: log, key_file: a.key}\n")
                ->fixed_until_restart());
}

}  // namespace
}  // namespace keyhold
