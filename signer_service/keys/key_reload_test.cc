// What loading again makes of what changed.
#include <functional>

#include "signer_service/keys/key_loader_test_fixture.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

using KeyReloadTest = KeyLoaderTest;

TEST_F(KeyReloadTest, ReplacesAddsAndRemoves) {
  WriteKey("changes", TestKeyKind::kP256, 0);
  WriteKey("goes", TestKeyKind::kP256, 1);
  WriteKey("stays", TestKeyKind::kP256, 2);
  Load();
  const std::string before(catalog_->fingerprint());
  WriteKey("changes", TestKeyKind::kP256, 3);
  folder_.Remove("goes.key");
  WriteKey("comes", TestKeyKind::kP256, 4);
  Load();
  EXPECT_NE(catalog_->fingerprint(), before);
  ExpectServed("changes", TestKeyKind::kP256, 3);
  ExpectNotServed("goes", TestKeyKind::kP256, 1);
  ExpectServed("stays", TestKeyKind::kP256, 2);
  ExpectServed("comes", TestKeyKind::kP256, 4);
  EXPECT_THAT(TrySigning(TestKeyKind::kP256, 0),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(KeyReloadTest, NothingChangedIsTheSameFingerprint) {
  WriteKey("www", TestKeyKind::kP256);
  Load();
  const std::string before(catalog_->fingerprint());
  Load();
  EXPECT_EQ(catalog_->fingerprint(), before);
  EXPECT_EQ(report_.kept, 0u);
}

TEST_F(KeyReloadTest, BadFileLeavesTheLastGoodKeyAndIsReportedOnce) {
  WriteKey("www", TestKeyKind::kP256);
  WriteCertificate("www", TestKeyKind::kP256);
  Load();
  folder_.Write("www.key", "damaged");
  Load();
  ExpectServed("www", TestKeyKind::kP256);
  EXPECT_EQ(catalog_->Find("www", "")->chain.size(), 1u);
  EXPECT_EQ(report_.kept, 1u);
  EXPECT_THAT(NewProblems(),
              ElementsAre(AllOf(StartsWith("E: "), HasSubstr("www.key: "))));
  // The next reload has nothing new to say, and serves it still.
  Load();
  ExpectServed("www", TestKeyKind::kP256);
  EXPECT_THAT(NewProblems(), IsEmpty());
  ASSERT_EQ(report_.problems.size(), 1u);
  EXPECT_TRUE(report_.problems[0].repeated);
  // Another bad file is news.
  folder_.Write("www.key", "damaged in another way");
  Load();
  EXPECT_EQ(NewProblems().size(), 1u);
  // And a good one ends it.
  WriteKey("www", TestKeyKind::kP256);
  Load();
  EXPECT_THAT(report_.problems, IsEmpty());
  EXPECT_EQ(report_.kept, 0u);
}

TEST_F(KeyReloadTest, EveryKindOfFaultLeavesTheLastGoodKeyAndCertificate) {
  const std::string good_key = TestKeyPem(TestKeyKind::kP256);
  const std::string good_chain = SelfSignedTestCert(good_key);
  TestCertOptions client;
  client.client_auth = true;
  const std::function<void()> kFaults[] = {
      [&] { folder_.Write("www.key", ""); },
      [&] { folder_.Write("www.key", TestKeyPem(TestKeyKind::kRsa1024)); },
      // A new key whose certificate is still the old one's.
      [&] { folder_.Write("www.key", TestKeyPem(TestKeyKind::kP256, 1)); },
      // A new certificate whose key is still the old one.
      [&] {
        folder_.Write("www.crt",
                      SelfSignedTestCert(TestKeyPem(TestKeyKind::kP256, 1)));
      },
      [&] { folder_.Write("www.crt", "damaged"); },
      // Both new, and the certificate damaged: the new key must not be served
      // with the old certificate.
      [&] {
        folder_.Write("www.key", TestKeyPem(TestKeyKind::kP256, 1));
        folder_.Write("www.crt", "damaged");
      },
      [&] {
        folder_.Remove("www.key");
        folder_.MakeFolder("www.key");
      },
      [&] {
        folder_.Remove("www.key");
        folder_.Link("/etc/hostname", "www.key");
      },
      [&] {
        folder_.Write("www.crt", SelfSignedTestCert(good_key, client));
        settings_.by_id["www"].roles = RoleSet::ServerOnly();
      },
      [&] { settings_.by_id["www"].schemes = {SignatureScheme::kEd25519}; },
  };
  int number = 0;
  for (const auto& make_fault : kFaults) {
    SCOPED_TRACE(++number);
    settings_.by_id.clear();
    folder_.Remove("www.key");
    folder_.Write("www.key", good_key);
    folder_.Write("www.crt", good_chain);
    Load();
    ASSERT_THAT(report_.problems, IsEmpty());
    make_fault();
    Load();
    EXPECT_FALSE(report_.problems.empty());
    EXPECT_EQ(report_.kept, 1u);
    ExpectServed("www", TestKeyKind::kP256);
    const CatalogKey& www = *catalog_->Find("www", "");
    ASSERT_EQ(www.chain.size(), 1u);
    EXPECT_EQ(*www.chain[0], PemToDer(good_chain));
    EXPECT_EQ(www.roles.ToString(), "server");
    EXPECT_THAT(TrySigning(TestKeyKind::kP256, 1),
                StatusIs(absl::StatusCode::kNotFound));
  }
}

TEST_F(KeyReloadTest, RemovingTheBadFileRemovesTheKey) {
  WriteKey("www", TestKeyKind::kP256);
  Load();
  folder_.Write("www.key", "damaged");
  Load();
  folder_.Remove("www.key");
  Load();
  ExpectNotServed("www", TestKeyKind::kP256);
}

TEST_F(KeyReloadTest, FolderThatIsGoneChangesNothing) {
  WriteKey("www", TestKeyKind::kP256);
  Load();
  settings_.directories.push_back(folder_.PathOf("none"));
  EXPECT_THAT(TryLoad(), StatusIs(absl::StatusCode::kNotFound,
                                  HasSubstr("none: cannot be opened")));
  EXPECT_THAT(TrySigning(TestKeyKind::kP256), IsOk());
  // The next load knows the last good keys still.
  settings_.directories.pop_back();
  folder_.Write("www.key", "damaged");
  Load();
  ExpectServed("www", TestKeyKind::kP256);
}

TEST_F(KeyReloadTest, RotationWithTheOldKeyBesideTheNew) {
  WriteKey("www", TestKeyKind::kP256, 0);
  Load();
  WriteKey("www@old", TestKeyKind::kP256, 0);
  WriteKey("www", TestKeyKind::kP256, 1);
  Load();
  EXPECT_THAT(report_.problems, IsEmpty());
  ExpectServed("www", TestKeyKind::kP256, 1);
  ExpectServed("www", TestKeyKind::kP256, 0, "old");
}

TEST_F(KeyReloadTest, ChangedSettingsTakeEffect) {
  WriteKey("www", TestKeyKind::kRsa2048);
  Load();
  settings_.by_id["www"].schemes = {SignatureScheme::kRsaPssRsaeSha512};
  settings_.by_id["www"].roles = RoleSet::ClientOnly();
  Load();
  const CatalogKey& www = *catalog_->Find("www", "");
  EXPECT_THAT(www.preferences, ElementsAre(SignatureScheme::kRsaPssRsaeSha512));
  EXPECT_EQ(www.roles.ToString(), "client");
  EXPECT_THAT(TrySigning(TestKeyKind::kRsa2048),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

}  // namespace
}  // namespace keyhold
