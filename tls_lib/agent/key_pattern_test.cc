#include "tls_lib/agent/key_pattern.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

KeyPattern Parsed(absl::string_view text) {
  const auto pattern = KeyPattern::Parse(text);
  EXPECT_THAT(pattern, IsOk()) << text;
  return *pattern;
}

TEST(KeyPatternTest, Ids) {
  EXPECT_TRUE(Parsed("www").MatchesId("www"));
  EXPECT_FALSE(Parsed("www").MatchesId("www2"));
  EXPECT_FALSE(Parsed("www").MatchesId("WWW"));
  EXPECT_TRUE(Parsed("shop-*").MatchesId("shop-"));
  EXPECT_TRUE(Parsed("shop-*").MatchesId("shop-1"));
  EXPECT_FALSE(Parsed("shop-*").MatchesId("sho"));
  EXPECT_TRUE(Parsed("*").is_every_key());
  EXPECT_FALSE(Parsed("s*").is_every_key());
  EXPECT_EQ(Parsed("www").spki_sha256(), "");
}

TEST(KeyPatternTest, Hashes) {
  const KeyPattern pattern =
      Parsed(absl::StrCat("sha256:", std::string(62, '0'), "Ab"));
  EXPECT_EQ(pattern.spki_sha256(), std::string(31, '\0') + "\xab");
  EXPECT_FALSE(pattern.MatchesId("www"));
  EXPECT_FALSE(pattern.is_every_key());
}

TEST(KeyPatternTest, WhatIsNone) {
  for (const char* text : {"", "*a", "a*b", "**"}) {
    EXPECT_THAT(KeyPattern::Parse(text).status(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("expected a key's id, which may end in")))
        << text;
  }
  for (const std::string& digits :
       {std::string(), std::string(63, '0'), std::string(65, '0'),
        std::string(63, '0') + "g"}) {
    EXPECT_THAT(KeyPattern::Parse(absl::StrCat("sha256:", digits)).status(),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("expected 64 hexadecimal digits")))
        << digits;
  }
}

}  // namespace
}  // namespace keyhold
