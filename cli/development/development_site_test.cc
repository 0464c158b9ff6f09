#include "cli/development/development_site.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

TEST(DevelopmentSiteTest, NameAloneIsP256) {
  absl::StatusOr<DevelopmentSite> site =
      ParseDevelopmentSite("WWW.Example.test");
  ASSERT_THAT(site, IsOk());
  EXPECT_EQ(site->name, "www.example.test");
  EXPECT_EQ(site->key_type, KeyType::kEcdsaP256);
}

TEST(DevelopmentSiteTest, NameAndType) {
  absl::StatusOr<DevelopmentSite> site =
      ParseDevelopmentSite("www.example.test:ed448");
  ASSERT_THAT(site, IsOk());
  EXPECT_EQ(site->name, "www.example.test");
  EXPECT_EQ(site->key_type, KeyType::kEd448);
}

TEST(DevelopmentSiteTest, RefusesWhatIsNoName) {
  for (const char* text : {"", "..", "a..b", "../keys", "-a.test", "a-.test",
                           "*.example.test", "a b", "a,b", ":rsa"}) {
    EXPECT_THAT(ParseDevelopmentSite(text),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("is no site name")))
        << text;
  }
}

TEST(DevelopmentSiteTest, RefusesAnUnknownType) {
  EXPECT_THAT(ParseDevelopmentSite("www.example.test:dsa"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("\"dsa\" is no type of key: use rsa")));
}

}  // namespace
}  // namespace keyhold
