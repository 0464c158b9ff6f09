#include "signer_service/audit/record_text.h"

#include <string>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/audit/audit_record.h"

namespace keyhold {
namespace {

std::string Text(absl::string_view value) {
  std::string out;
  AppendAuditText(out, "n", value);
  return out;
}

std::string Time(absl::Time value) {
  std::string out;
  AppendAuditTime(out, "t", value);
  return out;
}

TEST(RecordTextTest, PlainTextStandsAsItIs) {
  EXPECT_EQ(Text("spiffe://a/b c~"), R"(,"n":"spiffe://a/b c~")");
  EXPECT_EQ(Text(""), R"(,"n":"")");
}

TEST(RecordTextTest, AllElseIsEscapedByteByByte) {
  EXPECT_EQ(Text("a\"b\\c\nd"), R"(,"n":"a\u0022b\u005cc\u000ad")");
  EXPECT_EQ(Text("\x7f\xc3\xbc"), R"(,"n":"\u007f\u00c3\u00bc")");
  EXPECT_EQ(Text(absl::string_view("\0", 1)), R"(,"n":"\u0000")");
}

TEST(RecordTextTest, LongTextIsCutAndSaysSo) {
  EXPECT_EQ(Text(std::string(kMaxAuditTextBytes, 'x')).size(),
            kMaxAuditTextBytes + 7);
  const std::string cut = Text(std::string(kMaxAuditTextBytes + 1, 'x'));
  EXPECT_EQ(cut.size(), kMaxAuditTextBytes + 7);
  EXPECT_TRUE(absl::EndsWith(cut, "x...\""));
}

TEST(RecordTextTest, TimesHaveOneForm) {
  EXPECT_EQ(Time(absl::FromUnixMicros(1767323045678901)),
            R"(,"t":"2026-01-02T03:04:05.678901Z")");
  EXPECT_EQ(Time(absl::FromUnixMicros(1767323045000007)),
            R"(,"t":"2026-01-02T03:04:05.000007Z")");
  EXPECT_EQ(Time(absl::FromUnixMicros(1767323046000000)),
            R"(,"t":"2026-01-02T03:04:06.000000Z")");
  EXPECT_EQ(Time(absl::InfinitePast()),
            R"(,"t":"1970-01-01T00:00:00.000000Z")");
  EXPECT_EQ(Time(absl::InfiniteFuture()),
            R"(,"t":"9999-12-31T23:59:59.000000Z")");
}

TEST(RecordTextTest, NumbersAndBytes) {
  std::string out;
  AppendAuditNumber(out, "a", 0);
  AppendAuditNumber(out, "b", UINT64_MAX);
  AppendAuditHex(out, "c", "\x01\xff");
  EXPECT_EQ(out, R"(,"a":0,"b":18446744073709551615,"c":"01ff")");
}

TEST(RecordTextTest, TheLongestRecordFitsIntoALine) {
  const std::string longest(10000, '\0');
  AuditRecord record;
  record.identity = record.key = record.server_name = longest;
  record.claimed_uid = record.claimed_gid = 4294967295;
  record.spki_sha256 = record.input_hash = record.request_id = longest;
  record.input = AuditRecord::Input::kTranscript;
  record.usage = "delegated_credential";
  record.scheme = "ecdsa_secp256r1_sha256";
  record.call = "ChooseScheme";
  record.outcome = "refused";
  record.reason = longest;
  record.repeats = UINT64_MAX;
  std::string body;
  AppendAuditBody(record, body);
  // And what HashChain adds.
  EXPECT_LT(body.size() + 200, kMaxAuditLineBytes);
}

TEST(RecordTextTest, ABodyInTwoPartsIsTheSame) {
  AuditRecord record;
  record.time = absl::FromUnixSeconds(1767323045);
  record.identity = "spiffe://a/b";
  record.usage = "digest";
  record.outcome = "failed";
  record.reason = "SIGNING_FAILED";
  std::string whole;
  AppendAuditBody(record, whole);
  std::string subject;
  AppendAuditSubject(record, subject);
  std::string parts;
  AppendAuditBody(record.time, subject, record.outcome, record.reason, parts);
  EXPECT_EQ(whole, parts);
}

}  // namespace
}  // namespace keyhold
