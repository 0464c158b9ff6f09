#include "tls_lib/core/internal/dns_name.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace keyhold::internal {
namespace {

TEST(DnsNameTest, Names) {
  for (const char* name :
       {"localhost", "www.example.org", "WWW.Example.Org", "xn--bcher-kva.de",
        "a-b.c", "_dmarc.example.org", "127.0.0.1", "1.2"}) {
    EXPECT_TRUE(IsDnsName(name)) << name;
    EXPECT_FALSE(IsWildcardName(name)) << name;
    EXPECT_TRUE(IsWildcardName(absl::StrCat("*.", name))) << name;
    EXPECT_FALSE(IsDnsName(absl::StrCat("*.", name))) << name;
  }
}

TEST(DnsNameTest, NoNames) {
  for (const char* name : {"", ".", "a.", ".a", "a..b", "-a.b", "a-.b", "a b",
                           "a/b", "*", "*a.b", "a.*.b", "bücher.de", "a\n.b"}) {
    EXPECT_FALSE(IsDnsName(name)) << name;
    EXPECT_FALSE(IsWildcardName(name)) << name;
  }
  EXPECT_FALSE(IsDnsName(absl::string_view("a\0b", 3)));
}

TEST(DnsNameTest, Lengths) {
  const std::string label(63, 'a');
  EXPECT_TRUE(IsDnsName(label));
  EXPECT_FALSE(IsDnsName(label + "a"));
  const std::string longest =
      absl::StrCat(label, ".", label, ".", label, ".", label.substr(2));
  EXPECT_EQ(longest.size(), 253u);
  EXPECT_TRUE(IsDnsName(longest));
  EXPECT_FALSE(IsDnsName(longest + "a"));
}

TEST(WildcardNameTest, OnlyTheWholeLeftmostLabel) {
  EXPECT_TRUE(IsWildcardName("*.example.org"));
  for (const char* name : {"*.", "*..a", "w*.example.org", "*.*.example.org",
                           "www.*.org", "*example.org"}) {
    EXPECT_FALSE(IsWildcardName(name)) << name;
  }
}

}  // namespace
}  // namespace keyhold::internal
