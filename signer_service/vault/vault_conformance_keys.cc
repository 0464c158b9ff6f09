// How a vault takes keys, refuses them, and keeps the last good ones.
#include <fcntl.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "signer_service/vault/vault_conformance.h"
#include "signer_service/vault/vault_test_input.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(VaultConformanceTest);

std::ostream& operator<<(std::ostream& os, const VaultFactory& factory) {
  return os << factory.name;
}

namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

template <typename... Files>
std::vector<KeyFile> FileList(Files... files) {
  std::vector<KeyFile> list;
  (list.push_back(std::move(files)), ...);
  return list;
}

KeyFile GoodFile(absl::string_view id, TestKeyKind kind, int index = 0) {
  return TestKeyFile(id, TestKeyPem(kind, index));
}

absl::Status TrySigning(Vault& vault, TestKeyKind kind, int index = 0) {
  const PublicKey key = TestPublicKey(kind, index);
  return SignOne(vault, MessageRequest(key, key.DefaultPreferences().front(),
                                       "message"))
      .status();
}

TEST_P(VaultConformanceTest, EveryKindOfKeyIsServed) {
  for (TestKeyKind kind : GoodTestKeyKinds()) {
    auto outcomes = vault_->ReplaceKeys(FileList(GoodFile("www", kind)));
    ASSERT_EQ(outcomes.size(), 1u);
    EXPECT_THAT(outcomes[0].status, IsOk()) << TestKeyKindName(kind);
    EXPECT_EQ(outcomes[0].serving, TestPublicKey(kind));
    EXPECT_THAT(TrySigning(*vault_, kind), IsOk()) << TestKeyKindName(kind);
  }
}

TEST_P(VaultConformanceTest, EveryFormatIsRead) {
  for (TestKeyFormat format :
       {TestKeyFormat::kPkcs8Pem, TestKeyFormat::kPkcs8Der,
        TestKeyFormat::kTraditionalPem, TestKeyFormat::kTraditionalDer}) {
    for (TestKeyKind kind : {TestKeyKind::kRsa2048, TestKeyKind::kP256}) {
      auto outcomes = vault_->ReplaceKeys(
          FileList(TestKeyFile("www", TestKeyEncoded(kind, format))));
      EXPECT_THAT(outcomes[0].status, IsOk());
      EXPECT_EQ(outcomes[0].serving, TestPublicKey(kind));
    }
  }
}

TEST_P(VaultConformanceTest, BadFilesAreRefusedWithTheirPathAndAReason) {
  const struct {
    std::string bytes;
    std::string reason;
  } kCases[] = {
      {"", "empty"},
      {"this is not a key", "key"},
      {EncryptedTestKeyPem(TestKeyKind::kP256), "encrypted"},
      {TestKeyPem(TestKeyKind::kRsa1024), "1024"},
      {TestKeyPem(TestKeyKind::kSecp256k1), "curve"},
      {TestKeyPem(TestKeyKind::kP256Explicit), "parameters"},
      {std::string(65537, 'x'), "too large"},
  };
  for (const auto& c : kCases) {
    auto outcomes = vault_->ReplaceKeys(FileList(TestKeyFile("www", c.bytes)));
    ASSERT_EQ(outcomes.size(), 1u);
    EXPECT_THAT(
        outcomes[0].status,
        StatusIs(absl::StatusCode::kInvalidArgument,
                 AllOf(StartsWith("/keys/www.key: "), HasSubstr(c.reason))));
    EXPECT_FALSE(outcomes[0].serving.has_value());
  }
}

TEST_P(VaultConformanceTest, FileThatWasNotOpenedIsRefused) {
  KeyFile file = GoodFile("www", TestKeyKind::kP256);
  file.fd.Reset();
  auto outcomes = vault_->ReplaceKeys(FileList(std::move(file)));
  EXPECT_THAT(outcomes[0].status,
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("could not be opened")));
}

TEST_P(VaultConformanceTest, FolderIsRefused) {
  KeyFile file = GoodFile("www", TestKeyKind::kP256);
  file.fd.Reset(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  auto outcomes = vault_->ReplaceKeys(FileList(std::move(file)));
  EXPECT_THAT(outcomes[0].status, StatusIs(absl::StatusCode::kInvalidArgument,
                                           HasSubstr("not a regular file")));
}

TEST_P(VaultConformanceTest, KeyOfAnotherCertificateIsRefused) {
  KeyFile file = GoodFile("www", TestKeyKind::kP256);
  file.expected_spki = TestKeySpki(TestKeyKind::kP256, 1);
  auto outcomes = vault_->ReplaceKeys(FileList(std::move(file)));
  EXPECT_THAT(outcomes[0].status, StatusIs(absl::StatusCode::kInvalidArgument,
                                           HasSubstr("certificate beside it")));

  file = GoodFile("www", TestKeyKind::kP256);
  file.expected_spki = TestKeySpki(TestKeyKind::kP256);
  outcomes = vault_->ReplaceKeys(FileList(std::move(file)));
  EXPECT_THAT(outcomes[0].status, IsOk());
}

TEST_P(VaultConformanceTest, KeyThatMakesNoConfiguredSchemeIsRefused) {
  KeyFile file = GoodFile("www", TestKeyKind::kP256);
  file.schemes = {SignatureScheme::kEd25519};
  auto outcomes = vault_->ReplaceKeys(FileList(std::move(file)));
  EXPECT_THAT(
      outcomes[0].status,
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("P-256 key makes none of the configured schemes "
                         "(ed25519)")));

  file = GoodFile("www", TestKeyKind::kP256);
  file.schemes = {SignatureScheme::kEd25519,
                  SignatureScheme::kEcdsaSecp256r1Sha256};
  outcomes = vault_->ReplaceKeys(FileList(std::move(file)));
  EXPECT_THAT(outcomes[0].status, IsOk());
}

TEST_P(VaultConformanceTest, RefusedFileLeavesTheLastGoodKey) {
  vault_->ReplaceKeys(FileList(GoodFile("www", TestKeyKind::kP256)));
  auto outcomes =
      vault_->ReplaceKeys(FileList(TestKeyFile("www", "not a key")));
  EXPECT_FALSE(outcomes[0].status.ok());
  EXPECT_EQ(outcomes[0].serving, TestPublicKey(TestKeyKind::kP256));
  EXPECT_THAT(TrySigning(*vault_, TestKeyKind::kP256), IsOk());
  // And again: the last good key is the last good one, not the last one.
  outcomes = vault_->ReplaceKeys(FileList(TestKeyFile("www", "")));
  EXPECT_EQ(outcomes[0].serving, TestPublicKey(TestKeyKind::kP256));
}

TEST_P(VaultConformanceTest, LastGoodKeyGetsTheNewCeiling) {
  vault_->ReplaceKeys(FileList(GoodFile("www", TestKeyKind::kP256)));
  KeyFile file = TestKeyFile("www", "not a key");
  file.usage_ceiling = UsageSet();
  vault_->ReplaceKeys(FileList(std::move(file)));
  EXPECT_THAT(TrySigning(*vault_, TestKeyKind::kP256),
              StatusIs(absl::StatusCode::kPermissionDenied));
}

TEST_P(VaultConformanceTest, KeysInNoFileAreGone) {
  vault_->ReplaceKeys(FileList(GoodFile("a", TestKeyKind::kP256),
                               GoodFile("b", TestKeyKind::kEd25519)));
  vault_->ReplaceKeys(FileList(GoodFile("b", TestKeyKind::kEd25519)));
  EXPECT_THAT(TrySigning(*vault_, TestKeyKind::kP256),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(TrySigning(*vault_, TestKeyKind::kEd25519), IsOk());
  EXPECT_TRUE(vault_->ReplaceKeys({}).empty());
  EXPECT_THAT(TrySigning(*vault_, TestKeyKind::kEd25519),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_P(VaultConformanceTest, ReplacedKeySignsNoMoreUnderItsOldName) {
  vault_->ReplaceKeys(FileList(GoodFile("www", TestKeyKind::kP256, 0)));
  vault_->ReplaceKeys(FileList(GoodFile("www", TestKeyKind::kP256, 1)));
  EXPECT_THAT(TrySigning(*vault_, TestKeyKind::kP256, 0),
              StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(TrySigning(*vault_, TestKeyKind::kP256, 1), IsOk());
}

TEST_P(VaultConformanceTest, KeysOfOneIdWithLabelsAreAllServed) {
  auto outcomes = vault_->ReplaceKeys(
      FileList(TestKeyFile("www", TestKeyPem(TestKeyKind::kRsa2048)),
               TestKeyFile("www", TestKeyPem(TestKeyKind::kP256), "ec"),
               TestKeyFile("www", TestKeyPem(TestKeyKind::kP256, 1), "old")));
  for (const KeyFileOutcome& outcome : outcomes) {
    EXPECT_THAT(outcome.status, IsOk());
  }
  EXPECT_THAT(TrySigning(*vault_, TestKeyKind::kRsa2048), IsOk());
  EXPECT_THAT(TrySigning(*vault_, TestKeyKind::kP256, 0), IsOk());
  EXPECT_THAT(TrySigning(*vault_, TestKeyKind::kP256, 1), IsOk());
}

TEST_P(VaultConformanceTest, SecondFileOfOneNameIsRefused) {
  auto outcomes =
      vault_->ReplaceKeys(FileList(GoodFile("www", TestKeyKind::kP256, 0),
                                   GoodFile("www", TestKeyKind::kP256, 1)));
  EXPECT_THAT(outcomes[0].status, IsOk());
  EXPECT_THAT(outcomes[1].status, StatusIs(absl::StatusCode::kAlreadyExists,
                                           HasSubstr("the key www already")));
  EXPECT_EQ(outcomes[1].serving, TestPublicKey(TestKeyKind::kP256, 0));
}

TEST_P(VaultConformanceTest, SecondFileOfOneKeyIsRefused) {
  auto outcomes = vault_->ReplaceKeys(FileList(
      GoodFile("a", TestKeyKind::kP256), GoodFile("b", TestKeyKind::kP256)));
  EXPECT_THAT(outcomes[0].status, IsOk());
  EXPECT_THAT(outcomes[1].status,
              StatusIs(absl::StatusCode::kAlreadyExists,
                       AllOf(StartsWith("/keys/b.key: "),
                             HasSubstr("the same key as a"))));
  EXPECT_FALSE(outcomes[1].serving.has_value());
}

TEST_P(VaultConformanceTest, TwoFilesMayExchangeTheirKeys) {
  vault_->ReplaceKeys(FileList(GoodFile("a", TestKeyKind::kP256, 0),
                               GoodFile("b", TestKeyKind::kP256, 1)));
  auto outcomes =
      vault_->ReplaceKeys(FileList(GoodFile("a", TestKeyKind::kP256, 1),
                                   GoodFile("b", TestKeyKind::kP256, 0)));
  EXPECT_EQ(outcomes[0].serving, TestPublicKey(TestKeyKind::kP256, 1));
  EXPECT_EQ(outcomes[1].serving, TestPublicKey(TestKeyKind::kP256, 0));
}

TEST_P(VaultConformanceTest, LastGoodKeyThatMovedIsServedOnce) {
  vault_->ReplaceKeys(FileList(GoodFile("a", TestKeyKind::kP256)));
  auto outcomes = vault_->ReplaceKeys(FileList(
      GoodFile("b", TestKeyKind::kP256), TestKeyFile("a", "not a key")));
  EXPECT_EQ(outcomes[0].serving, TestPublicKey(TestKeyKind::kP256));
  EXPECT_FALSE(outcomes[1].serving.has_value());
  EXPECT_THAT(TrySigning(*vault_, TestKeyKind::kP256), IsOk());
}

}  // namespace
}  // namespace keyhold
