#include "signer_service/keys/key_catalog.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

CatalogKey Key(const std::string& id, const std::string& label, int index,
               std::vector<std::string> dns_names = {}) {
  PublicKey public_key =
      *PublicKey::FromSpki(TestKeySpki(TestKeyKind::kP256, index));
  return {id,
          label,
          public_key,
          {},
          std::move(dns_names),
          std::nullopt,
          RoleSet::ServerOnly(),
          public_key.DefaultPreferences()};
}

template <typename Keys>
std::vector<std::string> Names(const Keys& keys) {
  std::vector<std::string> names;
  for (const CatalogKey& key : keys) names.push_back(key.id + "@" + key.label);
  return names;
}

std::vector<std::string> Names(const std::vector<const CatalogKey*>& keys) {
  std::vector<std::string> names;
  for (const CatalogKey* key : keys)
    names.push_back(key->id + "@" + key->label);
  return names;
}

TEST(KeyCatalogTest, EmptyCatalogFindsNothing) {
  auto catalog = KeyCatalog::Create({});
  EXPECT_THAT(catalog->keys(), IsEmpty());
  EXPECT_THAT(catalog->KeysAfter("", ""), IsEmpty());
  EXPECT_THAT(catalog->FindById("www"), IsEmpty());
  EXPECT_THAT(catalog->FindByServerName("www.example.org"), IsEmpty());
  EXPECT_EQ(catalog->FindBySpkiSha256(std::string(32, '\0')), nullptr);
  EXPECT_EQ(catalog->Find("www", ""), nullptr);
  EXPECT_EQ(catalog->fingerprint().size(), 32u);
}

TEST(KeyCatalogTest, KeysAreOrderedByIdThenLabel) {
  auto catalog = KeyCatalog::Create(
      {Key("b", "", 0), Key("a", "x", 1), Key("a", "", 2), Key("B", "", 3)});
  EXPECT_THAT(Names(catalog->keys()), ElementsAre("B@", "a@", "a@x", "b@"));
}

TEST(KeyCatalogTest, PagesGoOnAfterAName) {
  auto catalog =
      KeyCatalog::Create({Key("a", "", 0), Key("a", "x", 1), Key("b", "", 2)});
  EXPECT_THAT(Names(catalog->KeysAfter("", "")),
              ElementsAre("a@", "a@x", "b@"));
  EXPECT_THAT(Names(catalog->KeysAfter("a", "")), ElementsAre("a@x", "b@"));
  // Also where the last page ended with a key that is gone since.
  EXPECT_THAT(Names(catalog->KeysAfter("a", "w")), ElementsAre("a@x", "b@"));
  EXPECT_THAT(Names(catalog->KeysAfter("a", "x")), ElementsAre("b@"));
  EXPECT_THAT(Names(catalog->KeysAfter("b", "")), IsEmpty());
}

TEST(KeyCatalogTest, FindsByDigestNameAndId) {
  auto catalog =
      KeyCatalog::Create({Key("a", "", 0), Key("a", "x", 1), Key("b", "", 2)});
  const CatalogKey& second = catalog->keys()[1];
  EXPECT_EQ(catalog->FindBySpkiSha256(second.public_key.spki_sha256()),
            &second);
  EXPECT_EQ(catalog->FindBySpkiSha256("short"), nullptr);
  EXPECT_EQ(catalog->Find("a", "x"), &second);
  EXPECT_EQ(catalog->Find("a", "y"), nullptr);
  EXPECT_EQ(catalog->Find("b", "x"), nullptr);
  EXPECT_THAT(Names(catalog->FindById("a")), ElementsAre("a@", "a@x"));
  EXPECT_THAT(Names(catalog->FindById("b")), ElementsAre("b@"));
  EXPECT_THAT(catalog->FindById("A"), IsEmpty());
}

TEST(KeyCatalogTest, FindsServerNamesExactlyThenByWildcard) {
  auto catalog = KeyCatalog::Create({
      Key("a", "", 0, {"*.example.org", "example.org"}),
      Key("b", "", 1, {"www.example.org", "*.example.org"}),
      Key("c", "", 2, {"www.example.org"}),
  });
  EXPECT_THAT(Names(catalog->FindByServerName("www.example.org")),
              ElementsAre("b@", "c@", "a@"));
  EXPECT_THAT(Names(catalog->FindByServerName("WWW.Example.ORG")),
              ElementsAre("b@", "c@", "a@"));
  EXPECT_THAT(Names(catalog->FindByServerName("api.example.org")),
              ElementsAre("a@", "b@"));
  EXPECT_THAT(Names(catalog->FindByServerName("example.org")),
              ElementsAre("a@"));
}

TEST(KeyCatalogTest, WildcardIsOneLabelAndNoName) {
  auto catalog = KeyCatalog::Create({Key("a", "", 0, {"*.example.org"})});
  for (const char* name : {"a.b.example.org", "example.org", ".example.org",
                           "*.example.org", "org", "", "www.example.org."}) {
    EXPECT_THAT(catalog->FindByServerName(name), IsEmpty()) << name;
  }
}

TEST(KeyCatalogTest, FingerprintIsOfTheContents) {
  const auto fingerprint = [](std::vector<CatalogKey> keys) {
    return std::string(KeyCatalog::Create(std::move(keys))->fingerprint());
  };
  const std::string base = fingerprint({Key("a", "", 0), Key("b", "", 1)});
  EXPECT_EQ(fingerprint({Key("b", "", 1), Key("a", "", 0)}), base);

  EXPECT_NE(fingerprint({Key("a", "", 0)}), base);
  EXPECT_NE(fingerprint({Key("a", "", 2), Key("b", "", 1)}), base);
  EXPECT_NE(fingerprint({Key("a", "x", 0), Key("b", "", 1)}), base);
  EXPECT_NE(fingerprint({Key("ab", "", 0), Key("", "", 1)}), base);

  CatalogKey changed = Key("a", "", 0);
  changed.roles = RoleSet::ClientOnly();
  EXPECT_NE(fingerprint({changed, Key("b", "", 1)}), base);
  changed = Key("a", "", 0);
  changed.preferences.pop_back();
  EXPECT_NE(fingerprint({changed, Key("b", "", 1)}), base);
  changed = Key("a", "", 0);
  changed.chain = {std::make_shared<const std::string>("der")};
  EXPECT_NE(fingerprint({changed, Key("b", "", 1)}), base);
}

}  // namespace
}  // namespace keyhold
