#include "signer_service/policy/patterns.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using testing::HasSubstr;

bool KeyMatches(absl::string_view pattern, absl::string_view id) {
  const absl::StatusOr<PrefixPattern> parsed = PrefixPattern::Parse(pattern);
  EXPECT_THAT(parsed, IsOk());
  return parsed->Matches(id);
}

TEST(PrefixPatternTest, MatchesExactlyOrByPrefix) {
  EXPECT_TRUE(KeyMatches("www", "www"));
  EXPECT_FALSE(KeyMatches("www", "www2"));
  EXPECT_FALSE(KeyMatches("www", "WWW"));
  EXPECT_TRUE(KeyMatches("www*", "www"));
  EXPECT_TRUE(KeyMatches("www*", "www2"));
  EXPECT_FALSE(KeyMatches("www*", "ww"));
  EXPECT_TRUE(KeyMatches("*", "anything"));
}

TEST(PrefixPatternTest, RefusesWhatItWouldNotMatch) {
  EXPECT_THAT(PrefixPattern::Parse(""),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("empty")));
  for (const char* pattern : {"*a", "a*b", "**", "a**"}) {
    EXPECT_THAT(PrefixPattern::Parse(pattern),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("\"*\" may only stand at the end")))
        << pattern;
  }
}

bool NameMatches(absl::string_view pattern, absl::string_view name) {
  const absl::StatusOr<DnsPattern> parsed = DnsPattern::Parse(pattern);
  EXPECT_THAT(parsed, IsOk());
  return parsed->Matches(name);
}

TEST(DnsPatternTest, WildcardIsExactlyOneLabel) {
  EXPECT_TRUE(NameMatches("www.example.org", "www.example.org"));
  EXPECT_TRUE(NameMatches("WWW.Example.org", "www.example.org"));
  EXPECT_FALSE(NameMatches("www.example.org", "example.org"));
  EXPECT_TRUE(NameMatches("*.example.org", "www.example.org"));
  EXPECT_FALSE(NameMatches("*.example.org", "a.www.example.org"));
  EXPECT_FALSE(NameMatches("*.example.org", "example.org"));
  EXPECT_FALSE(NameMatches("*.example.org", ".example.org"));
  EXPECT_FALSE(NameMatches("*.example.org", ""));
}

TEST(DnsPatternTest, AResolversWildcardEntryIsOneOfItsNames) {
  EXPECT_TRUE(NameMatches("*.example.org", "*.example.org"));
  EXPECT_FALSE(NameMatches("www.example.org", "*.example.org"));
}

TEST(DnsPatternTest, RefusesWhatIsNoDnsName) {
  struct Case {
    std::string name;
    std::string message;
  };
  const std::vector<Case> cases = {
      {"", "is empty"},
      {"a..b", "no empty label"},
      {"a.", "no final dot"},
      {".a", "no empty label"},
      {"*", "\"*\" may only stand for the whole first label"},
      {"*.", "no empty label"},
      {"a.*.b", "\"*\" may only stand for the whole first label"},
      {"w*.b", "\"*\" may only stand for the whole first label"},
      {"a b", "letters, digits"},
      {"a/b", "letters, digits"},
      {std::string("a\0b", 3), "letters, digits"},
      {"b\xc3\xbc"
       "cher.example",
       "letters, digits"},
      {std::string(64, 'a'), "at most 63 bytes"},
      {std::string(63, 'a') + "." + std::string(63, 'b') + "." +
           std::string(63, 'c') + "." + std::string(63, 'd') + ".e",
       "has 257 bytes; a DNS name has at most 255"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(
        DnsPattern::Parse(c.name),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.message)))
        << c.name;
  }
}

bool Matches(absl::string_view pattern, const Identity& identity) {
  const absl::StatusOr<IdentityPattern> parsed =
      IdentityPattern::Parse(pattern);
  EXPECT_THAT(parsed, IsOk());
  return parsed->Matches(identity);
}

Identity Spiffe(const std::string& id) {
  return Identity::FromCertificate({id, {}, ""});
}

TEST(IdentityPatternTest, Spiffe) {
  const Identity web = Spiffe("spiffe://example.org/web/1");
  EXPECT_TRUE(Matches("spiffe://example.org/web/1", web));
  EXPECT_TRUE(Matches("spiffe://example.org/web/*", web));
  EXPECT_TRUE(Matches("spiffe://example.org/*", web));
  EXPECT_FALSE(Matches("spiffe://example.org/web", web));
  EXPECT_FALSE(Matches("spiffe://example.org/db/*", web));
  EXPECT_FALSE(Matches("spiffe://example.org/web/*",
                       Spiffe("spiffe://example.org.evil/web/1")));
}

TEST(IdentityPatternTest, Dns) {
  const Identity host =
      Identity::FromCertificate({"", {"a.example.org", "B.Example.net"}, ""});
  EXPECT_TRUE(Matches("dns:a.example.org", host));
  EXPECT_TRUE(Matches("dns:b.EXAMPLE.net", host));
  EXPECT_TRUE(Matches("dns:*.example.net", host));
  EXPECT_FALSE(Matches("dns:*.org", host));
  EXPECT_FALSE(Matches("dns:example.org", host));
}

TEST(IdentityPatternTest, CommonName) {
  const Identity web = Identity::FromCertificate({"", {}, "web 1"});
  EXPECT_TRUE(Matches("cn:web 1", web));
  EXPECT_TRUE(Matches("cn:web*", web));
  EXPECT_TRUE(Matches("cn:*", web));
  EXPECT_FALSE(Matches("cn:Web 1", web));
  EXPECT_FALSE(Matches("cn:*", Spiffe("spiffe://a/b")));
}

TEST(IdentityPatternTest, Uid) {
  EXPECT_TRUE(Matches("uid:33", Identity::FromUid(33)));
  EXPECT_TRUE(Matches("uid:033", Identity::FromUid(33)));
  EXPECT_FALSE(Matches("uid:33", Identity::FromUid(333)));
  EXPECT_TRUE(Matches("uid:*", Identity::FromUid(0)));
  EXPECT_FALSE(Matches("uid:*", Spiffe("spiffe://a/b")));
}

TEST(IdentityPatternTest, OneKindOfNameIsNeverTakenForAnother) {
  EXPECT_FALSE(Matches("dns:web", Identity::FromCertificate({"", {}, "web"})));
  EXPECT_FALSE(Matches("cn:web", Identity::FromCertificate({"", {"web"}, ""})));
  EXPECT_FALSE(
      Matches("uid:33", Identity::FromCertificate({"", {}, "uid:33"})));
  EXPECT_FALSE(Matches("spiffe://a/b",
                       Identity::FromCertificate({"", {}, "spiffe://a/b"})));
}

TEST(IdentityPatternTest, StarIsEveryoneButNobody) {
  EXPECT_TRUE(Matches("*", Identity::FromUid(33)));
  EXPECT_TRUE(Matches("*", Spiffe("spiffe://a/b")));
  EXPECT_FALSE(Matches("*", Identity()));
  EXPECT_FALSE(Matches("*", Identity::FromUid(kOverflowUid)));
}

TEST(IdentityPatternTest, RefusesWhatCouldMeanMoreThanIntended) {
  struct Case {
    const char* pattern;
    const char* message;
  };
  const std::vector<Case> cases = {
      {"", "expected spiffe://TRUST-DOMAIN/PATH, dns:NAME, cn:NAME"},
      {"root", "expected spiffe://TRUST-DOMAIN/PATH, dns:NAME, cn:NAME"},
      {"web*", "expected spiffe://TRUST-DOMAIN/PATH, dns:NAME, cn:NAME"},
      {"https://a/b", "expected spiffe://TRUST-DOMAIN/PATH"},
      {"spiffe://*", "the whole trust domain"},
      {"spiffe://exam*", "the whole trust domain"},
      {"spiffe:///web", "the whole trust domain"},
      {"spiffe://Example.org/web", "a trust domain is in lower case"},
      {"spiffe://a/*/b", "\"*\" may only stand at the end"},
      {"dns:", "is empty"},
      {"dns:web*", "\"*\" may only stand for the whole first label"},
      {"cn:", "is empty"},
      {"cn:*x", "\"*\" may only stand at the end"},
      {"uid:", "expected uid:NUMBER"},
      {"uid:root", "expected uid:NUMBER"},
      {"uid:1*", "expected uid:NUMBER"},
      {"uid:4294967296", "expected uid:NUMBER"},
      {"uid:65534", "can never be granted anything"},
  };
  for (const Case& c : cases) {
    EXPECT_THAT(
        IdentityPattern::Parse(c.pattern),
        StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(c.message)))
        << c.pattern;
  }
}

}  // namespace
}  // namespace keyhold
