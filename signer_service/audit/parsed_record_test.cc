#include "signer_service/audit/parsed_record.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/audit/audit_record.h"
#include "signer_service/audit/record_text.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

constexpr char kHash[] =
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

std::string Line(absl::string_view fields) {
  return absl::StrCat("{\"seq\":7", fields, ",\"chain\":\"", kHash, "\"}");
}

TEST(ParsedRecordTest, ReadsWhatIsWritten) {
  const std::string identity = "spiffe://a/\xc3\xbc\"\\\n";
  const std::string spki(32, '\x9c');
  AuditRecord record;
  record.time = absl::FromUnixMicros(1767323045678901);
  record.identity = identity;
  record.claimed_uid = 33;
  record.spki_sha256 = spki;
  record.outcome = "signed";
  std::string body;
  AppendAuditBody(record, body);
  HashChain chain;
  std::string line;
  chain.Seal(body, line);
  ASSERT_EQ(line.back(), '\n');
  line.pop_back();

  const auto parsed = ParsedRecord::Parse(line);
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(parsed->sequence(), 1u);
  EXPECT_EQ(parsed->chain(), chain.head().hash);
  EXPECT_EQ(HashChain().HashOf({}, parsed->chained_text()), parsed->chain());
  EXPECT_EQ(parsed->event(), "sign");
  EXPECT_EQ(parsed->Time(), record.time);
  EXPECT_EQ(parsed->Text("identity"), identity);
  EXPECT_EQ(parsed->Number("claimed_uid"), 33u);
  EXPECT_EQ(parsed->Hex("spki_sha256"), spki);
  EXPECT_EQ(parsed->Text("key"), "");
  EXPECT_EQ(parsed->Number("identity"), std::nullopt);
  EXPECT_EQ(parsed->Hex("identity"), std::nullopt);
}

TEST(ParsedRecordTest, TakesOneFormOnly) {
  ASSERT_THAT(ParsedRecord::Parse(Line(R"(,"event":"sign","a":1)")), IsOk());
  for (const char* fields : {
           "",                                             // no event
           R"(,"event":5)",                                // of another type
           R"( ,"event":"sign")",                          // space
           R"(, "event":"sign")",                          // space
           R"(,"event":"sign","event":"x")",               // twice
           R"(,"event":"sign","seq":8)",                   // twice
           R"(,"event":"sign","a":01)",                    // leading zero
           R"(,"event":"sign","a":-1)",                    // sign
           R"(,"event":"sign","a":1.5)",                   // fraction
           R"(,"event":"sign","a":true)",                  // literal
           R"(,"event":"sign","a":{})",                    // object
           R"(,"event":"sign","a":18446744073709551616)",  // too large
           R"(,"event":"sign","A":"x")",                   // name
           R"(,"event":"sign","":"x")",                    // name
           R"(,"event":"sign","a":"\n")",                  // another escape
           R"(,"event":"sign","a":"\u0041")",              // needless escape
           R"(,"event":"sign","a":"\u00AB")",              // upper case
           R"(,"event":"sign","a":"\u1234")",              // no byte
           R"(,"event":"si\u0022gn")",   // event that is not plain
           R"(,"event":"sign","a":"x)",  // no end
       }) {
    EXPECT_THAT(ParsedRecord::Parse(Line(fields)),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("is no record: ")))
        << fields;
  }
  EXPECT_THAT(ParsedRecord::Parse(Line(",\"event\":\"sign\",\"a\":\"\t\"")),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("must be escaped")));
}

TEST(ParsedRecordTest, WhatIsAroundTheFieldsCounts) {
  const std::string good = Line(R"(,"event":"sign")");
  ASSERT_THAT(ParsedRecord::Parse(good), IsOk());
  for (const std::string& line :
       {std::string(), good.substr(1), good + " ", good.substr(0, 50),
        absl::StrCat(" ", good), "{\"seq\":0" + good.substr(8),
        "{\"seq\":x" + good.substr(8), "{\"seq\":" + good.substr(8),
        good.substr(0, good.size() - 4) + "G\"}",
        good.substr(0, good.size() - 4) + "\"}"}) {
    EXPECT_THAT(ParsedRecord::Parse(line),
                StatusIs(absl::StatusCode::kInvalidArgument))
        << line;
  }
}

}  // namespace
}  // namespace keyhold
