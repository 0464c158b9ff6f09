// What a load makes of good files and of bad ones.
#include <sys/stat.h>

#include "signer_service/keys/key_loader_test_fixture.h"
#include "signer_service/keys/without_capabilities.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

TEST_F(KeyLoaderTest, EmptyFolderIsNoError) {
  Load();
  EXPECT_THAT(catalog_->keys(), IsEmpty());
  EXPECT_THAT(report_.problems, IsEmpty());
}

TEST_F(KeyLoaderTest, ServesKeysAndTheirCertificates) {
  TestCertOptions options;
  options.dns_names = {"www.example.org", "*.Example.org"};
  WriteKey("www", TestKeyKind::kRsa2048);
  WriteCertificate("www", TestKeyKind::kRsa2048, options);
  WriteKey("www@ec", TestKeyKind::kP256);
  WriteKey("bare", TestKeyKind::kEd25519);
  Load();
  EXPECT_THAT(report_.problems, IsEmpty());
  EXPECT_EQ(report_.served, 3u);
  ExpectServed("www", TestKeyKind::kRsa2048);
  ExpectServed("www", TestKeyKind::kP256, 0, "ec");
  ExpectServed("bare", TestKeyKind::kEd25519);
  const CatalogKey& www = *catalog_->Find("www", "");
  EXPECT_EQ(www.chain.size(), 1u);
  EXPECT_THAT(www.dns_names, ElementsAre("www.example.org", "*.example.org"));
  EXPECT_TRUE(www.not_after.has_value());
  EXPECT_EQ(www.preferences, www.public_key.DefaultPreferences());
  const CatalogKey& bare = *catalog_->Find("bare", "");
  EXPECT_THAT(bare.chain, IsEmpty());
  EXPECT_FALSE(bare.not_after.has_value());
}

TEST_F(KeyLoaderTest, BadKeyFilesAreErrorsAndTheOthersAreServed) {
  const struct {
    const char* name;
    std::string content;
    const char* reason;
  } kCases[] = {
      {"a", "", "empty file"},
      {"b", "hello", "key"},
      {"c", EncryptedTestKeyPem(TestKeyKind::kP256), "encrypted"},
      {"d", TestKeyPem(TestKeyKind::kRsa1024), "1024"},
      {"e", TestKeyPem(TestKeyKind::kSecp256k1), "curve"},
      {"f", TestKeyPem(TestKeyKind::kP256Explicit), "parameters"},
      {"g", TestKeyPem(TestKeyKind::kP256) + TestKeyPem(TestKeyKind::kP384),
       "key"},
  };
  for (const auto& c : kCases) {
    folder_.Write(absl::StrCat(c.name, ".key"), c.content);
  }
  WriteKey("good", TestKeyKind::kEd25519);
  Load();
  ExpectServed("good", TestKeyKind::kEd25519);
  EXPECT_EQ(report_.served, 1u);
  std::vector<std::string> problems = NewProblems();
  ASSERT_EQ(problems.size(), std::size(kCases));
  for (size_t i = 0; i < problems.size(); ++i) {
    const std::string path =
        folder_.PathOf(absl::StrCat(kCases[i].name, ".key"));
    EXPECT_THAT(problems[i], AllOf(StartsWith(absl::StrCat("E: ", path, ": ")),
                                   HasSubstr(kCases[i].reason)));
    EXPECT_EQ(report_.problems[i].path, path);
  }
}

TEST_F(KeyLoaderTest, FilesThatCannotBeOpenedAreErrors) {
  folder_.MakeFolder("folder.key");
  folder_.Link("/etc/hostname", "outside.key");
  folder_.Write("unreadable.key", TestKeyPem(TestKeyKind::kP256), 0000);
  {
    WithoutCapabilities as_nobody_special;
    Load();
  }
  EXPECT_THAT(
      NewProblems(),
      ElementsAre(
          AllOf(StartsWith("E: "), HasSubstr("folder.key: is a folder")),
          AllOf(StartsWith("E: "),
                HasSubstr("outside.key: is a symbolic link that leads "
                          "out of its folder")),
          AllOf(StartsWith("E: "),
                HasSubstr("unreadable.key: cannot be opened"))));
  EXPECT_EQ(report_.served, 0u);
}

TEST_F(KeyLoaderTest, WorldReadableKeyIsServedWithAWarning) {
  folder_.Write("www.key", TestKeyPem(TestKeyKind::kP256), 0644);
  Load();
  ExpectServed("www", TestKeyKind::kP256);
  EXPECT_THAT(NewProblems(),
              ElementsAre(absl::StrCat(
                  "W: ", folder_.PathOf("www.key"),
                  ": everybody may read this private key; chmod o-r it")));
}

TEST_F(KeyLoaderTest, CertificateOfAnotherKeyIsAnError) {
  WriteKey("www", TestKeyKind::kP256);
  WriteCertificate("www", TestKeyKind::kP256, {}, 1);
  Load();
  ExpectNotServed("www", TestKeyKind::kP256);
  EXPECT_THAT(NewProblems(),
              ElementsAre(AllOf(StartsWith("E: "), HasSubstr("www.key"),
                                HasSubstr("does not belong to the certificate "
                                          "beside it"))));
}

TEST_F(KeyLoaderTest, CertificateThatDoesNotParseIsAnError) {
  WriteKey("www", TestKeyKind::kP256);
  folder_.Write("www.crt", "not a certificate");
  Load();
  ExpectNotServed("www", TestKeyKind::kP256);
  EXPECT_THAT(NewProblems(),
              ElementsAre(AllOf(StartsWith("E: "), HasSubstr("www.crt: "),
                                HasSubstr("no certificate"))));
}

TEST_F(KeyLoaderTest, TwoFilesWithOneNameAreAnErrorThatNamesBoth) {
  TestFolder second;
  settings_.directories.push_back(second.path());
  WriteKey("www", TestKeyKind::kP256, 0);
  second.Write("www.key", TestKeyPem(TestKeyKind::kP256, 1));
  Load();
  ExpectServed("www", TestKeyKind::kP256, 0);
  EXPECT_THAT(TrySigning(TestKeyKind::kP256, 1),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(NewProblems(),
              ElementsAre(AllOf(
                  StartsWith(absl::StrCat("E: ", second.PathOf("www.key"))),
                  HasSubstr(absl::StrCat(folder_.PathOf("www.key"),
                                         " is a key of the same name")))));
}

TEST_F(KeyLoaderTest, OneKeyInTwoFilesIsAnError) {
  WriteKey("a", TestKeyKind::kP256);
  WriteKey("b", TestKeyKind::kP256);
  Load();
  ExpectServed("a", TestKeyKind::kP256);
  EXPECT_EQ(report_.served, 1u);
  EXPECT_THAT(NewProblems(),
              ElementsAre(AllOf(StartsWith("E: "), HasSubstr("b.key"),
                                HasSubstr("holds the same key as a"))));
}

TEST_F(KeyLoaderTest, RolesFollowTheCertificateAndTheSettings) {
  TestCertOptions client;
  client.client_auth = true;
  WriteKey("client", TestKeyKind::kP256, 0);
  WriteCertificate("client", TestKeyKind::kP256, client, 0);
  WriteKey("server", TestKeyKind::kP256, 1);
  WriteKey("both", TestKeyKind::kP256, 2);
  settings_.by_id["both"].roles.Insert(signer::v1::ROLE_SERVER);
  settings_.by_id["both"].roles.Insert(signer::v1::ROLE_CLIENT);
  Load();
  EXPECT_THAT(report_.problems, IsEmpty());
  EXPECT_EQ(catalog_->Find("client", "")->roles.ToString(), "client");
  EXPECT_EQ(catalog_->Find("server", "")->roles.ToString(), "server");
  EXPECT_EQ(catalog_->Find("both", "")->roles.ToString(), "server, client");
  // The vault has the roles' ceiling.
  EXPECT_THAT(TrySigning(TestKeyKind::kP256, 0),
              StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(TrySigning(TestKeyKind::kP256, 1), IsOk());
}

TEST_F(KeyLoaderTest, RoleThatTheCertificateLeavesOutIsAnError) {
  TestCertOptions client;
  client.client_auth = true;
  WriteKey("www", TestKeyKind::kP256);
  WriteCertificate("www", TestKeyKind::kP256, client);
  settings_.by_id["www"].roles = RoleSet::ServerOnly();
  Load();
  ExpectNotServed("www", TestKeyKind::kP256);
  EXPECT_THAT(NewProblems(),
              ElementsAre(AllOf(StartsWith("E: "), HasSubstr("www.crt: "),
                                HasSubstr("does not name serverAuth"))));
}

TEST_F(KeyLoaderTest, ConfiguredSchemesThatFitAreThePreferences) {
  WriteKey("www", TestKeyKind::kP256);
  settings_.by_id["www"].schemes = {SignatureScheme::kEd25519,
                                    SignatureScheme::kEcdsaSecp256r1Sha256};
  Load();
  EXPECT_THAT(catalog_->Find("www", "")->preferences,
              ElementsAre(SignatureScheme::kEcdsaSecp256r1Sha256));
  EXPECT_THAT(NewProblems(),
              ElementsAre(AllOf(StartsWith("W: "),
                                HasSubstr("this P-256 key cannot make: "
                                          "ed25519"))));
}

TEST_F(KeyLoaderTest, NoSchemeThatFitsIsAnError) {
  WriteKey("www", TestKeyKind::kP256);
  settings_.by_id["www"].schemes = {SignatureScheme::kEd25519};
  Load();
  ExpectNotServed("www", TestKeyKind::kP256);
  EXPECT_THAT(NewProblems(),
              ElementsAre(AllOf(StartsWith("E: "),
                                HasSubstr("none of the configured schemes"))));
}

TEST_F(KeyLoaderTest, ExpiredAndExpiringCertificatesAreServedWithAWarning) {
  WriteKey("expired", TestKeyKind::kP256, 0);
  WriteCertificate("expired", TestKeyKind::kP256, Expired({}), 0);
  TestCertOptions soon;
  soon.not_before = absl::Now() - absl::Hours(24 * 80);
  soon.not_after = absl::Now() + absl::Hours(24 * 10);
  WriteKey("soon", TestKeyKind::kP256, 1);
  WriteCertificate("soon", TestKeyKind::kP256, soon, 1);
  Load();
  ExpectServed("expired", TestKeyKind::kP256, 0);
  ExpectServed("soon", TestKeyKind::kP256, 1);
  EXPECT_THAT(NewProblems(),
              ElementsAre(AllOf(StartsWith("W: "), HasSubstr("expired.crt: "),
                                HasSubstr("certificate expired at")),
                          AllOf(StartsWith("W: "), HasSubstr("soon.crt: "),
                                HasSubstr("expires soon"))));
}

TEST_F(KeyLoaderTest, SettingsOfNoKeyAreAWarning) {
  settings_.by_id["gone"].roles = RoleSet::ServerOnly();
  Load();
  EXPECT_THAT(NewProblems(),
              ElementsAre("W: keys.settings: there is no key gone"));
}

TEST_F(KeyLoaderTest, IntermediateCertificatesAreSharedInMemory) {
  TestCa root("root");
  TestCa intermediate = root.IssueCa("intermediate");
  for (int i = 0; i < 2; ++i) {
    WriteKey(absl::StrCat("www", i), TestKeyKind::kP256, i);
    folder_.Write(absl::StrCat("www", i, ".crt"),
                  intermediate.Issue(TestKeyPem(TestKeyKind::kP256, i)) +
                      intermediate.cert_pem());
  }
  Load();
  const auto& first = catalog_->Find("www0", "")->chain;
  const auto& second = catalog_->Find("www1", "")->chain;
  ASSERT_EQ(first.size(), 2u);
  EXPECT_NE(first[0], second[0]);
  EXPECT_EQ(first[1], second[1]);
}

}  // namespace
}  // namespace keyhold
