// The commands of `keyhold audit`, on logs that the library wrote.
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "cli/audit/audit_grep_command.h"
#include "cli/audit/audit_init_key_command.h"
#include "cli/audit/audit_tail_command.h"
#include "cli/audit/audit_verify_command.h"
#include "cli/audit/record_filter.h"
#include "cli/command_line.h"
#include "cli/exit_code.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/audit/testing/audit_test_log.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class AuditCommandsTest : public testing::Test {
 protected:
  AuditCommandsTest() {
    const std::unique_ptr<AuditLog> log = OpenTestLog(folder_);
    for (const char* name : {"a.example.org", "b.example.org"}) {
      AuditBatch batch(1);
      batch.Add(TestRecord(name));
      EXPECT_THAT(AppendAndWait(*log, std::move(batch)), IsOk());
    }
    AuditRecord other = TestRecord();
    other.time = absl::FromUnixSeconds(1767323045);  // 2026-01-02T03:04:05Z
    other.identity = "spiffe://other.org/x";
    other.key = "mail@new";
    AuditBatch batch(1);
    batch.Add(other);
    EXPECT_THAT(AppendAndWait(*log, std::move(batch)), IsOk());
  }

  ExitCode Run(std::vector<std::string> arguments) {
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(std::make_unique<AuditVerifyCommand>());
    commands.push_back(std::make_unique<AuditGrepCommand>());
    commands.push_back(std::make_unique<AuditTailCommand>());
    commands.push_back(std::make_unique<AuditInitKeyCommand>());
    std::istringstream in;
    out_.str("");
    err_.str("");
    return RunCommandLine(commands, arguments, {in, out_, err_});
  }
  std::string Grep(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"audit", "grep", folder_, "--count"});
    EXPECT_EQ(Run(arguments), ExitCode::kOk) << err_.str();
    return out_.str();
  }

  const std::string folder_ = NewAuditFolder();
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(AuditCommandsTest, VerifySaysWhatItFoundAndWhatItCouldNotCheck) {
  EXPECT_EQ(Run({"audit", "verify", folder_}), ExitCode::kOk);
  EXPECT_THAT(
      out_.str(),
      AllOf(HasSubstr("signatures: 8 records, 1 to 8, in 1 file"),
            HasSubstr("no faults"), HasSubstr("head: 8:"),
            HasSubstr("not checked: whether records that came after record 8 "
                      "were removed"),
            HasSubstr("not checked: the signatures of 2 checkpoints")));
}

TEST_F(AuditCommandsTest, VerifyTakesAHead) {
  ASSERT_EQ(Run({"audit", "verify", folder_}), ExitCode::kOk);
  const std::string text = out_.str();
  const size_t at = text.find("head: ") + 6;
  const std::string head = text.substr(at, text.find('\n', at) - at);
  EXPECT_EQ(Run({"audit", "verify", folder_, "--head", head}), ExitCode::kOk);
  EXPECT_THAT(out_.str(), Not(HasSubstr("came after")));
  EXPECT_EQ(Run({"audit", "verify", folder_, "--head",
                 absl::StrReplaceAll(head, {{"8:", "9:"}})}),
            ExitCode::kFailure);
  EXPECT_THAT(out_.str(), HasSubstr("FAULT: the log ends with record 8, before "
                                    "the head's record 9"));
  EXPECT_EQ(Run({"audit", "verify", folder_, "--head", "9"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("expected SEQ:HASH"));
}

TEST_F(AuditCommandsTest, VerifyFailsWhereThereAreFaults) {
  WriteSegment(folder_, 1,
               absl::StrReplaceAll(SegmentText(folder_, 1),
                                   {{"b.example.org", "c.example.org"}}));
  EXPECT_EQ(Run({"audit", "verify", folder_, "--json"}), ExitCode::kFailure);
  EXPECT_THAT(out_.str(), HasSubstr(R"("kind": "altered", "sequence": 5)"));
  EXPECT_THAT(err_.str(), HasSubstr("the audit log has 1 fault"));
}

TEST_F(AuditCommandsTest, AFolderWithoutALogIsNoGoodLog) {
  EXPECT_EQ(Run({"audit", "verify", NewAuditFolder()}), ExitCode::kFailure);
  EXPECT_THAT(err_.str(), HasSubstr("holds no audit log"));
  EXPECT_EQ(Run({"audit", "tail", "/nowhere"}), ExitCode::kFailure);
  EXPECT_THAT(err_.str(), HasSubstr("/nowhere: No such file"));
}

TEST_F(AuditCommandsTest, GrepAnswersWhatAnIdentitySignedBetweenTwoTimes) {
  EXPECT_EQ(Grep({"--identity", "spiffe://other.org/x", "--from", "2026-01-02",
                  "--to", "2026-01-03"}),
            "1\n");
  EXPECT_EQ(Grep({"--identity", "spiffe://other.org/x", "--from",
                  "2026-01-02T03:04:06"}),
            "0\n");
  EXPECT_EQ(Grep({"--identity", "spiffe://other.org/x", "--to",
                  "2026-01-02T04:04:06+01:00"}),
            "1\n");
  EXPECT_EQ(Grep({"--identity", "spiffe://example.org/*"}), "2\n");
  EXPECT_EQ(Run({"audit", "grep", folder_, "--from", "yesterday"}),
            ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("\"yesterday\" is no time"));
}

TEST_F(AuditCommandsTest, GrepFiltersByEachField) {
  EXPECT_EQ(Grep({"--key", "mail"}), "1\n");
  EXPECT_EQ(Grep({"--key", "mail@new"}), "1\n");
  EXPECT_EQ(Grep({"--key", "mai"}), "0\n");
  EXPECT_EQ(Grep({"--key", "mai*"}), "1\n");
  EXPECT_EQ(Grep({"--key", "sha256:5a5a5a"}), "3\n");
  EXPECT_EQ(Grep({"--server-name", "a.example.org"}), "1\n");
  EXPECT_EQ(Grep({"--usage", "tls13*", "--outcome", "signed"}), "3\n");
  EXPECT_EQ(Grep({"--event", "checkpoint"}), "2\n");
}

TEST_F(AuditCommandsTest, GrepWarnsOfALogThatWasChanged) {
  WriteSegment(folder_, 1,
               absl::StrReplaceAll(SegmentText(folder_, 1),
                                   {{"b.example.org", "c.example.org"}}));
  EXPECT_EQ(Grep({"--server-name", "c.example.org"}), "1\n");
  EXPECT_THAT(err_.str(), HasSubstr("has 1 faults, the first: record 5"));
}

TEST_F(AuditCommandsTest, TailShowsTheLastRecords) {
  EXPECT_EQ(Run({"audit", "tail", folder_, "-n", "3"}), ExitCode::kOk);
  EXPECT_THAT(
      out_.str(),
      AllOf(HasSubstr("6  2026-01-02T03:04:05.000000Z  sign  signed  "
                      "spiffe://other.org/x  key mail@new  tls13_server  "
                      "ecdsa_secp256r1_sha256  for www.example.org\n7  "),
            HasSubstr("  checkpoint\n"), Not(HasSubstr("a.example.org"))));
  EXPECT_EQ(Run({"audit", "tail", folder_, "-n", "1", "--json"}),
            ExitCode::kOk);
  EXPECT_EQ(out_.str(), LinesOf(SegmentText(folder_, 1)).back());
}

TEST_F(AuditCommandsTest, InitKeyMakesAKeyThatVerifiesItsLogs) {
  const std::string key = NewAuditFolder() + "/audit.key";
  EXPECT_EQ(Run({"audit", "init-key", key}), ExitCode::kOk);
  EXPECT_EQ(Run({"audit", "init-key", key}), ExitCode::kFailure);
  EXPECT_THAT(err_.str(), HasSubstr("File exists"));
  // Another one than the log's.
  const std::string public_key = absl::StrReplaceAll(key, {{".key", ".pub"}});
  EXPECT_EQ(Run({"audit", "verify", folder_, "--public-key", public_key}),
            ExitCode::kFailure);
  EXPECT_THAT(out_.str(), HasSubstr("has no signature of the audit key"));
  EXPECT_EQ(Run({"audit", "verify", folder_, "--public-key", key}),
            ExitCode::kFailure);
  EXPECT_THAT(err_.str(), HasSubstr("is no Ed25519 public key in PEM"));
}

}  // namespace
}  // namespace keyhold
