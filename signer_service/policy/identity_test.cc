#include "signer_service/policy/identity.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using testing::ElementsAre;

TEST(IdentityTest, NobodyHasNoName) {
  EXPECT_TRUE(Identity().empty());
  EXPECT_EQ(Identity().name(), "");
  EXPECT_TRUE(Identity::FromCertificate({}).empty());
}

TEST(IdentityTest, IsCalledByItsBestName) {
  EXPECT_EQ(Identity::FromCertificate(
                {"spiffe://example.org/web", {"web.example.org"}, "web"})
                .name(),
            "spiffe://example.org/web");
  EXPECT_EQ(Identity::FromCertificate({"", {"Web.example.org"}, "web"}).name(),
            "dns:web.example.org");
  EXPECT_EQ(Identity::FromCertificate({"", {}, "web"}).name(), "cn:web");
  EXPECT_EQ(Identity::FromUid(33).name(), "uid:33");
}

TEST(IdentityTest, KeepsAllAlternativeNames) {
  const Identity identity = Identity::FromCertificate(
      {"spiffe://example.org/web", {"A.example.org", "b"}, "web"});
  EXPECT_EQ(identity.spiffe_id(), "spiffe://example.org/web");
  EXPECT_THAT(identity.dns_names(), ElementsAre("a.example.org", "b"));
  EXPECT_THAT(identity.OtherNames(), ElementsAre("dns:a.example.org", "dns:b"));
  EXPECT_EQ(identity.uid(), std::nullopt);
}

TEST(IdentityTest, OtherNamesAreThoseThatItIsNotCalledBy) {
  EXPECT_THAT(Identity::FromCertificate({"", {"a", "b"}, ""}).OtherNames(),
              ElementsAre("dns:b"));
  EXPECT_THAT(Identity::FromCertificate({"", {}, "web"}).OtherNames(),
              ElementsAre());
  EXPECT_THAT(Identity::FromUid(1).OtherNames(), ElementsAre());
}

TEST(IdentityTest, ACommonNameCountsOnlyWithoutAlternativeNames) {
  EXPECT_EQ(Identity::FromCertificate({"", {}, "tool"}).common_name(), "tool");
  EXPECT_EQ(
      Identity::FromCertificate({"spiffe://a/b", {}, "tool"}).common_name(),
      "");
  EXPECT_EQ(Identity::FromCertificate({"", {"a"}, "tool"}).common_name(), "");
  // Names that are no use are names all the same: the issuer meant them.
  EXPECT_TRUE(Identity::FromCertificate({"", {"*.a"}, "tool"}).empty());
  EXPECT_TRUE(Identity::FromCertificate({"http://a", {}, "tool"}).empty());
  CertificateNames several_uris{"", {}, "tool"};
  several_uris.has_uri_names = true;
  EXPECT_TRUE(Identity::FromCertificate(several_uris).empty());
}

TEST(IdentityTest, OnlySpiffeUrisAreIdentities) {
  EXPECT_TRUE(
      Identity::FromCertificate({"https://example.org", {}, ""}).empty());
}

TEST(IdentityTest, WildcardsAreNoNamesOfOneCaller) {
  EXPECT_TRUE(Identity::FromCertificate({"", {"*.example.org"}, ""}).empty());
}

TEST(IdentityTest, NamesWithControlCharactersAreLeftOut) {
  EXPECT_TRUE(Identity::FromCertificate({std::string("spiffe://a/b\0c", 14),
                                         {std::string("a\0b", 3), "a\nb"},
                                         std::string("a\0b", 3)})
                  .empty());
}

TEST(IdentityTest, TheOverflowUidIsNobody) {
  EXPECT_TRUE(Identity::FromUid(kOverflowUid).empty());
  EXPECT_EQ(Identity::FromUid(kOverflowUid).uid(), std::nullopt);
  EXPECT_FALSE(Identity::FromUid(0).empty());
}

TEST(IdentityTest, ComesBackFromItsName) {
  for (const std::string name :
       {"spiffe://example.org/web", "dns:web", "cn:A tool", "uid:33"}) {
    const absl::StatusOr<Identity> identity = Identity::FromName(name);
    ASSERT_TRUE(identity.ok()) << name;
    EXPECT_EQ(identity->name(), name);
  }
  for (const std::string name : {"", "web", "*", "spiffe://example.org/*",
                                 "dns:*.org", "uid:root", "uid:65534", "cn:"}) {
    const absl::Status status = Identity::FromName(name).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << name;
    EXPECT_THAT(std::string(status.message()),
                testing::HasSubstr("as the log writes him"));
  }
}

}  // namespace
}  // namespace keyhold
