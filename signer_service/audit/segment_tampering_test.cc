// Every kind of tampering with a log is found, and named.
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/audit/log_verifier.h"
#include "signer_service/audit/testing/audit_test_log.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = AuditFault::Kind;

MATCHER_P2(IsFault, kind, text, "") {
  *result_listener << "which says: " << arg.message;
  return arg.kind == kind && testing::Matches(HasSubstr(text))(arg.message);
}

class SegmentTamperingTest : public testing::Test {
 protected:
  SegmentTamperingTest() {
    const std::unique_ptr<AuditLog> log = OpenTestLog(folder_);
    for (int i = 0; i < 8; ++i) {
      EXPECT_THAT(AppendAndWait(*log, TestBatch(1)), IsOk());
    }
  }

  void SetUp() override {
    lines_ = LinesOf(SegmentText(folder_, 1));
    ASSERT_GE(lines_.size(), 12u);
    const absl::StatusOr<AuditVerdict> verdict = Verify();
    ASSERT_THAT(verdict, IsOk());
    ASSERT_THAT(verdict->faults, IsEmpty());
    head_ = verdict->last;
  }

  absl::StatusOr<AuditVerdict> Verify(std::optional<AuditHead> head = {}) {
    return VerifyAuditLog(folder_, {TestAuditKey().public_key(), head});
  }
  std::vector<AuditFault> FaultsOf(const std::vector<std::string>& lines,
                                   std::optional<AuditHead> head = {}) {
    WriteSegment(folder_, 1, absl::StrJoin(lines, ""));
    absl::StatusOr<AuditVerdict> verdict = Verify(head);
    EXPECT_THAT(verdict, IsOk());
    return verdict->faults;
  }
  // Of the record with sequence number 6.
  std::string& Sixth() { return lines_[5]; }

  const std::string folder_ = NewAuditFolder();
  std::vector<std::string> lines_;
  AuditHead head_;
};

TEST_F(SegmentTamperingTest, AlteredRecord) {
  Sixth() = absl::StrReplaceAll(Sixth(), {{"/web", "/wob"}});
  EXPECT_THAT(FaultsOf(lines_),
              ElementsAre(IsFault(Kind::kAltered, "record 6 does not fit")));
}

TEST_F(SegmentTamperingTest, EveryByteOfARecordCounts) {
  const std::string line = Sixth();
  for (size_t i = 0; i < line.size(); ++i) {
    Sixth() = line;
    Sixth()[i] ^= 1;
    WriteSegment(folder_, 1, absl::StrJoin(lines_, ""));
    EXPECT_THAT(VerifyAuditLog(folder_, {})->faults, testing::Not(IsEmpty()))
        << i;
  }
}

TEST_F(SegmentTamperingTest, AlteredRecordWithItsHashMadeAnew) {
  // The next one then follows another hash.
  HashChain chain;
  std::string forged;
  for (int i = 0; i < 5; ++i) chain.Seal("", forged);
  forged.clear();
  absl::string_view body = Sixth();
  body = body.substr(body.find(','));
  body = body.substr(0, body.find(",\"chain"));
  chain.Seal(body, forged);
  Sixth() = forged;
  EXPECT_THAT(FaultsOf(lines_),
              ElementsAre(IsFault(Kind::kAltered, "record 6"),
                          IsFault(Kind::kAltered, "record 7")));
}

TEST_F(SegmentTamperingTest, RemovedRecord) {
  lines_.erase(lines_.begin() + 5);
  EXPECT_THAT(FaultsOf(lines_),
              ElementsAre(IsFault(Kind::kMissing, "record 6 is missing")));
}

TEST_F(SegmentTamperingTest, RemovedRecords) {
  lines_.erase(lines_.begin() + 3, lines_.begin() + 6);
  EXPECT_THAT(
      FaultsOf(lines_),
      ElementsAre(IsFault(Kind::kMissing, "records 4 to 6 are missing")));
}

TEST_F(SegmentTamperingTest, RemovedBeginning) {
  lines_.erase(lines_.begin(), lines_.begin() + 4);
  EXPECT_THAT(
      FaultsOf(lines_),
      ElementsAre(IsFault(Kind::kMissing, "record 5 is the first one here")));
}

TEST_F(SegmentTamperingTest, ReorderedRecords) {
  std::swap(lines_[5], lines_[6]);
  EXPECT_THAT(
      FaultsOf(lines_),
      ElementsAre(IsFault(Kind::kMissing, "record 6 is missing"),
                  IsFault(Kind::kReordered, "record 6 comes after record 7"),
                  IsFault(Kind::kMissing, "record 7 is missing")));
}

TEST_F(SegmentTamperingTest, RepeatedRecord) {
  lines_.insert(lines_.begin() + 5, Sixth());
  EXPECT_THAT(FaultsOf(lines_),
              ElementsAre(IsFault(Kind::kReordered, "record 6 comes after")));
}

TEST_F(SegmentTamperingTest, TextInBetween) {
  lines_.insert(lines_.begin() + 5, "anything\n");
  EXPECT_THAT(FaultsOf(lines_),
              ElementsAre(IsFault(Kind::kNotARecord,
                                  "after record 5 there are 9 bytes")));
}

TEST_F(SegmentTamperingTest, RecordMadeIllegible) {
  Sixth() = std::string(Sixth().size() - 1, '\0') + "\n";
  EXPECT_THAT(FaultsOf(lines_),
              ElementsAre(IsFault(Kind::kNotARecord, "after record 5"),
                          IsFault(Kind::kMissing, "record 6 is missing")));
}

TEST_F(SegmentTamperingTest, TornRecordAtTheEnd) {
  lines_.back().resize(lines_.back().size() - 10);
  EXPECT_THAT(FaultsOf(lines_),
              ElementsAre(IsFault(Kind::kTorn, "the log ends in")));
}

TEST_F(SegmentTamperingTest, AMissingTailShowsOnlyAgainstAHeadKeptElsewhere) {
  lines_.resize(lines_.size() - 3);
  EXPECT_THAT(FaultsOf(lines_), IsEmpty());
  EXPECT_THAT(FaultsOf(lines_, head_),
              ElementsAre(IsFault(Kind::kWrongHead, "its end was removed")));
}

TEST_F(SegmentTamperingTest, ALogWrittenAnewShowsAgainstAHeadAndLacksItsKey) {
  HashChain chain;
  std::string text;
  for (const std::string& line : lines_) {
    absl::string_view body = line;
    body = body.substr(body.find(','));
    body = body.substr(0, body.find(",\"chain"));
    chain.Seal(absl::StrReplaceAll(body, {{"/web", "/wob"}}), text);
  }
  EXPECT_THAT(FaultsOf({text}, head_),
              ElementsAre(IsFault(Kind::kBadCheckpoint,
                                  "has no signature of the audit key"),
                          IsFault(Kind::kWrongHead, "was written anew")));
}

TEST_F(SegmentTamperingTest, AnotherKeysCheckpoint) {
  WriteSegment(folder_, 1, absl::StrJoin(lines_, ""));
  const PublicKey other =
      *PublicKey::FromSpki(TestKeySpki(TestKeyKind::kEd25519, 1));
  EXPECT_THAT(VerifyAuditLog(folder_, {other})->faults,
              testing::Each(IsFault(Kind::kBadCheckpoint, "")));
  const AuditVerdict without = *VerifyAuditLog(folder_, {});
  EXPECT_THAT(without.faults, IsEmpty());
  EXPECT_EQ(without.checkpoints_unchecked, 2u);
}

TEST_F(SegmentTamperingTest, RemovedAnswerForTornBytes) {
  lines_.back().resize(lines_.back().size() - 10);
  WriteSegment(folder_, 1, absl::StrJoin(lines_, ""));
  OpenTestLog(folder_).reset();
  std::vector<std::string> lines = LinesOf(SegmentText(folder_, 1));
  EXPECT_THAT(Verify()->faults, IsEmpty());
  EXPECT_EQ(Verify()->recovered, 1u);

  std::vector<std::string> without_bytes = lines;
  without_bytes.erase(without_bytes.begin() + lines_.size() - 1);
  EXPECT_THAT(FaultsOf(without_bytes),
              ElementsAre(IsFault(Kind::kMissing, "they were removed")));
  std::vector<std::string> other_bytes = lines;
  other_bytes[lines_.size() - 1][5] ^= 1;
  EXPECT_THAT(FaultsOf(other_bytes),
              ElementsAre(IsFault(Kind::kNotARecord, "no `recovered` record")));
}

TEST_F(SegmentTamperingTest, AMissingSegment) {
  {
    const std::unique_ptr<AuditLog> log = OpenTestLog(folder_);
    while (SegmentText(folder_, 3).empty()) {
      ASSERT_THAT(AppendAndWait(*log, TestBatch(100)), IsOk());
    }
  }
  std::remove(absl::StrCat(folder_, "/00000002.jsonl").c_str());
  EXPECT_THAT(Verify()->faults,
              ElementsAre(IsFault(Kind::kMissingSegment, "00000001.jsonl and"),
                          IsFault(Kind::kMissing, "are missing")));
}

}  // namespace
}  // namespace keyhold
