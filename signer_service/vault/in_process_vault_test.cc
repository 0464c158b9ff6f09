#include "signer_service/vault/in_process_vault.h"

#include <atomic>
#include <memory>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/vault/vault_conformance.h"
#include "signer_service/vault/vault_test_input.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {

INSTANTIATE_TEST_SUITE_P(InProcess, VaultConformanceTest,
                         testing::Values(VaultFactory{
                             "InProcess", [] {
                               return std::make_unique<InProcessVault>();
                             }}));

namespace {

using ::testing::HasSubstr;

// OpenSSL's signatures, of which the next few are damaged.
class FaultyEngine final : public SigningEngine {
 public:
  explicit FaultyEngine(std::atomic<int>* faults) : faults_(*faults) {}

  absl::StatusOr<std::string> Sign(const PrivateKey& key,
                                   SignatureScheme scheme,
                                   const SignedInput& input) const override {
    absl::StatusOr<std::string> signature = openssl_.Sign(key, scheme, input);
    if (signature.ok() && faults_.fetch_sub(1) > 0) signature->back() ^= 1;
    return signature;
  }

 private:
  OpensslSigningEngine openssl_;
  std::atomic<int>& faults_;
};

class FailingEngine final : public SigningEngine {
 public:
  absl::StatusOr<std::string> Sign(const PrivateKey&, SignatureScheme,
                                   const SignedInput&) const override {
    return absl::ResourceExhaustedError("the secure heap is full");
  }
};

class FaultyVaultTest : public testing::Test {
 protected:
  void Start(VerifyAfterSign verify, TestKeyKind kind) {
    InProcessVaultOptions options;
    options.verify_after_sign = verify;
    options.engine = std::make_unique<FaultyEngine>(&faults_);
    vault_ = std::make_unique<InProcessVault>(std::move(options));
    kind_ = kind;
    Load(TestKeyPem(kind));
  }

  void Load(const std::string& bytes) {
    std::vector<KeyFile> files;
    files.push_back(TestKeyFile("www", bytes));
    vault_->ReplaceKeys(std::move(files));
  }

  absl::StatusOr<std::string> Sign() {
    const PublicKey key = TestPublicKey(kind_);
    return SignOne(*vault_, MessageRequest(key, Scheme(), "m"));
  }

  SignatureScheme Scheme() {
    return TestPublicKey(kind_).DefaultPreferences().front();
  }

  bool IsGood(const absl::StatusOr<std::string>& signature) {
    return signature.ok() &&
           TestPublicKey(kind_).Verify(Scheme(), "m", *signature).ok();
  }

  std::atomic<int> faults_{0};
  std::unique_ptr<InProcessVault> vault_;
  TestKeyKind kind_ = TestKeyKind::kRsa2048;
};

TEST_F(FaultyVaultTest, OneBadSignatureIsMadeAgain) {
  for (TestKeyKind kind : {TestKeyKind::kRsa2048, TestKeyKind::kRsaPss2048}) {
    Start(VerifyAfterSign::kRsa, kind);
    faults_ = 1;
    EXPECT_TRUE(IsGood(Sign())) << TestKeyKindName(kind);
    EXPECT_TRUE(IsGood(Sign()));
  }
}

TEST_F(FaultyVaultTest, TwoBadSignaturesQuarantineTheKey) {
  Start(VerifyAfterSign::kRsa, TestKeyKind::kRsa2048);
  faults_ = 2;
  absl::StatusOr<std::string> signature = Sign();
  EXPECT_THAT(signature, StatusIs(absl::StatusCode::kDataLoss,
                                  HasSubstr("was not released")));
  EXPECT_EQ(GetReason(signature.status()), ErrorReason::kSignatureCheckFailed);
  // The engine is sound again; the key is not trusted.
  signature = Sign();
  EXPECT_THAT(signature, StatusIs(absl::StatusCode::kDataLoss,
                                  HasSubstr("key www is quarantined")));
  EXPECT_EQ(GetReason(signature.status()), ErrorReason::kSignatureCheckFailed);
}

TEST_F(FaultyVaultTest, ReadingTheFileAgainEndsTheQuarantine) {
  Start(VerifyAfterSign::kRsa, TestKeyKind::kRsa2048);
  faults_ = 2;
  EXPECT_FALSE(Sign().ok());
  // The last good key is the damaged one: it stays in quarantine.
  Load("not a key");
  EXPECT_THAT(Sign(), StatusIs(absl::StatusCode::kDataLoss));
  Load(TestKeyPem(TestKeyKind::kRsa2048));
  EXPECT_TRUE(IsGood(Sign()));
}

TEST_F(FaultyVaultTest, DigestsAreCheckedToo) {
  Start(VerifyAfterSign::kRsa, TestKeyKind::kRsa2048);
  faults_ = 2;
  EXPECT_THAT(SignOne(*vault_, DigestRequest(TestPublicKey(kind_), Scheme(),
                                             signer::v1::HASH_SHA256,
                                             std::string(32, 'd'))),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(FaultyVaultTest, TheSettingSaysWhoIsChecked) {
  const struct {
    VerifyAfterSign verify;
    TestKeyKind kind;
    bool checked;
  } kCases[] = {
      {VerifyAfterSign::kNone, TestKeyKind::kRsa2048, false},
      {VerifyAfterSign::kRsa, TestKeyKind::kEd25519, false},
      {VerifyAfterSign::kRsa, TestKeyKind::kP256, false},
      {VerifyAfterSign::kAll, TestKeyKind::kEd25519, true},
      {VerifyAfterSign::kAll, TestKeyKind::kP256, true},
      {VerifyAfterSign::kAll, TestKeyKind::kRsa2048, true},
  };
  for (const auto& c : kCases) {
    Start(c.verify, c.kind);
    faults_ = 1;
    EXPECT_EQ(IsGood(Sign()), c.checked) << TestKeyKindName(c.kind);
  }
}

TEST(InProcessVaultTest, FailureToSignIsInternal) {
  InProcessVaultOptions options;
  options.engine = std::make_unique<FailingEngine>();
  InProcessVault vault(std::move(options));
  std::vector<KeyFile> files;
  files.push_back(TestKeyFile("www", TestKeyPem(TestKeyKind::kP256)));
  vault.ReplaceKeys(std::move(files));
  absl::Status status =
      SignOne(vault,
              MessageRequest(TestPublicKey(TestKeyKind::kP256),
                             SignatureScheme::kEcdsaSecp256r1Sha256, "m"))
          .status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal,
                               HasSubstr("signing failed: the secure heap")));
  EXPECT_EQ(GetReason(status), ErrorReason::kSigningFailed);
}

TEST(InProcessVaultTest, MessageLimitIsConfigured) {
  InProcessVaultOptions options;
  options.max_message_bytes = 10;
  InProcessVault vault(std::move(options));
  std::vector<KeyFile> files;
  files.push_back(TestKeyFile("www", TestKeyPem(TestKeyKind::kEd25519)));
  vault.ReplaceKeys(std::move(files));
  const PublicKey key = TestPublicKey(TestKeyKind::kEd25519);
  EXPECT_THAT(SignOne(vault, MessageRequest(key, SignatureScheme::kEd25519,
                                            "ten bytes!")),
              IsOk());
  EXPECT_THAT(
      SignOne(vault,
              MessageRequest(key, SignatureScheme::kEd25519, "eleven byte")),
      StatusIs(absl::StatusCode::kInvalidArgument,
               HasSubstr("message: expected at most 10 bytes, got 11")));
}

}  // namespace
}  // namespace keyhold
