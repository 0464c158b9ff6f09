#include "signer_service/vault/in_process_vault.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/engines/engine_table.h"
#include "signer_service/engines/faulty_engine.h"
#include "signer_service/engines/openssl_engine.h"
#include "signer_service/engines/p256_batch_engine.h"
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

// What a FailedCheck said, without its views.
struct Report {
  std::string engine;
  std::string spki_sha256;
  bool recovered;
};

// A vault whose OpenSSL and whose engine for P-256 can be made faulty.
class FaultyVaultTest : public testing::Test {
 protected:
  void Start(VerifyAfterSign verify, TestKeyKind kind) {
    InProcessVaultOptions options;
    options.verify_after_sign = verify;
    // A batch stays one, for the faults that count its items.
    options.slow_lane.threads = 1;
    options.callers_help = false;
    options.on_failed_check = [this](const FailedCheck& failed) {
      reports_.push_back({std::string(failed.engine),
                          std::string(failed.spki_sha256), failed.recovered});
    };
    std::vector<std::unique_ptr<const BatchSigningEngine>> fast;
    fast.push_back(Faulty(std::make_unique<P256BatchEngine>(), p256_));
    options.engines = EngineTable(
        Faulty(std::make_unique<OpensslEngine>(), openssl_), std::move(fast));
    vault_ = std::make_unique<InProcessVault>(std::move(options));
    kind_ = kind;
    Load(TestKeyPem(kind));
  }
  static std::unique_ptr<const BatchSigningEngine> Faulty(
      std::unique_ptr<const BatchSigningEngine> engine,
      const std::shared_ptr<Faults>& faults) {
    return std::make_unique<FaultyEngine>(std::move(engine), faults);
  }

  void Load(const std::string& bytes) {
    std::vector<KeyFile> files;
    files.push_back(TestKeyFile("www", bytes));
    vault_->ReplaceKeys(std::move(files));
  }

  PublicKey Key() const { return TestPublicKey(kind_); }
  SignatureScheme Scheme() const { return Key().DefaultPreferences().front(); }

  absl::StatusOr<std::string> Sign() {
    return SignOne(*vault_, MessageRequest(Key(), Scheme(), "m"));
  }
  std::vector<absl::StatusOr<std::string>> SignBatch(size_t size) {
    std::vector<SignJob> jobs(size);
    for (SignJob& job : jobs) {
      job.request = MessageRequest(Key(), Scheme(), "m");
    }
    return SignAll(*vault_, std::move(jobs));
  }
  bool IsGood(const absl::StatusOr<std::string>& signature) const {
    return signature.ok() && Key().Verify(Scheme(), "m", *signature).ok();
  }

  const std::shared_ptr<Faults> openssl_ = std::make_shared<Faults>();
  const std::shared_ptr<Faults> p256_ = std::make_shared<Faults>();
  std::vector<Report> reports_;
  std::unique_ptr<InProcessVault> vault_;
  TestKeyKind kind_ = TestKeyKind::kRsa2048;
};

TEST_F(FaultyVaultTest, OneBadSignatureIsMadeAgain) {
  for (TestKeyKind kind : {TestKeyKind::kRsa2048, TestKeyKind::kRsaPss2048}) {
    Start(VerifyAfterSign::kRsa, kind);
    reports_.clear();
    openssl_->kind = Faults::kWrongSignature;
    // The second try is a batch of one, whose only item is well.
    openssl_->item = 1;
    for (const auto& signature : SignBatch(3)) {
      EXPECT_TRUE(IsGood(signature)) << TestKeyKindName(kind);
    }
    ASSERT_EQ(reports_.size(), 1u);
    EXPECT_EQ(reports_[0].engine, "openssl");
    EXPECT_EQ(reports_[0].spki_sha256, Key().spki_sha256());
    EXPECT_TRUE(reports_[0].recovered);
    openssl_->kind = Faults::kNone;
    EXPECT_TRUE(IsGood(Sign()));
  }
}

TEST_F(FaultyVaultTest, TwoBadSignaturesQuarantineTheKey) {
  Start(VerifyAfterSign::kRsa, TestKeyKind::kRsa2048);
  openssl_->kind = Faults::kWrongSignature;
  absl::StatusOr<std::string> signature = Sign();
  EXPECT_THAT(signature, StatusIs(absl::StatusCode::kDataLoss,
                                  HasSubstr("was not released")));
  EXPECT_EQ(GetReason(signature.status()), ErrorReason::kSignatureCheckFailed);
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_FALSE(reports_[0].recovered);
  // The engine is sound again; the key is not trusted.
  openssl_->kind = Faults::kNone;
  signature = Sign();
  EXPECT_THAT(signature, StatusIs(absl::StatusCode::kDataLoss,
                                  HasSubstr("key www is quarantined")));
  EXPECT_EQ(GetReason(signature.status()), ErrorReason::kSignatureCheckFailed);
}

TEST_F(FaultyVaultTest, QuarantineIsOfOneKey) {
  Start(VerifyAfterSign::kRsa, TestKeyKind::kRsa2048);
  std::vector<KeyFile> files;
  files.push_back(TestKeyFile("www", TestKeyPem(TestKeyKind::kRsa2048)));
  files.push_back(TestKeyFile("mail", TestKeyPem(TestKeyKind::kRsaPss2048)));
  vault_->ReplaceKeys(std::move(files));
  openssl_->kind = Faults::kWrongSignature;
  EXPECT_FALSE(Sign().ok());
  openssl_->kind = Faults::kNone;
  EXPECT_FALSE(Sign().ok());
  kind_ = TestKeyKind::kRsaPss2048;
  EXPECT_TRUE(IsGood(Sign()));
}

TEST_F(FaultyVaultTest, ReadingTheFileAgainEndsTheQuarantine) {
  Start(VerifyAfterSign::kRsa, TestKeyKind::kRsa2048);
  openssl_->kind = Faults::kWrongSignature;
  EXPECT_FALSE(Sign().ok());
  openssl_->kind = Faults::kNone;
  // The last good key is the damaged one: it stays in quarantine.
  Load("not a key");
  EXPECT_THAT(Sign(), StatusIs(absl::StatusCode::kDataLoss));
  Load(TestKeyPem(TestKeyKind::kRsa2048));
  EXPECT_TRUE(IsGood(Sign()));
}

TEST_F(FaultyVaultTest, DigestsAreCheckedToo) {
  Start(VerifyAfterSign::kRsa, TestKeyKind::kRsa2048);
  openssl_->kind = Faults::kWrongSignature;
  EXPECT_THAT(
      SignOne(*vault_, DigestRequest(Key(), Scheme(), signer::v1::HASH_SHA256,
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
      {VerifyAfterSign::kRsa, TestKeyKind::kP521, false},
      {VerifyAfterSign::kAll, TestKeyKind::kEd25519, true},
      {VerifyAfterSign::kAll, TestKeyKind::kP521, true},
      {VerifyAfterSign::kAll, TestKeyKind::kRsa2048, true},
  };
  for (const auto& c : kCases) {
    Start(c.verify, c.kind);
    openssl_->kind = Faults::kWrongSignature;
    openssl_->item = 1;
    const std::vector<absl::StatusOr<std::string>> signatures = SignBatch(2);
    EXPECT_TRUE(IsGood(signatures[0]));
    EXPECT_EQ(IsGood(signatures[1]), c.checked) << TestKeyKindName(c.kind);
  }
}

TEST_F(FaultyVaultTest, AFaultyEngineIsReplacedByOpenssl) {
  Start(VerifyAfterSign::kRsa, TestKeyKind::kP256);
  EXPECT_EQ(vault_->EngineName(KeyType::kEcdsaP256), "openssl-p256-batch");
  EXPECT_EQ(vault_->EngineName(KeyType::kRsa), "openssl");
  p256_->kind = Faults::kCheckFailed;
  for (const auto& signature : SignBatch(5)) EXPECT_TRUE(IsGood(signature));
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_EQ(reports_[0].engine, "openssl-p256-batch");
  EXPECT_TRUE(reports_[0].recovered);
  EXPECT_EQ(vault_->EngineName(KeyType::kEcdsaP256), "openssl");
  EXPECT_TRUE(IsGood(Sign()));
}

TEST_F(FaultyVaultTest, ABatchGoesToItsEngineAsOne) {
  Start(VerifyAfterSign::kRsa, TestKeyKind::kP256);
  // The third of the engine's items, whatever is refused in between.
  p256_->kind = Faults::kCheckFailed;
  p256_->item = 2;
  std::vector<SignJob> jobs(5);
  for (SignJob& job : jobs) {
    job.request = MessageRequest(Key(), Scheme(), "m");
  }
  jobs[1].request.clear_scheme();
  const std::vector<absl::StatusOr<std::string>> signatures =
      SignAll(*vault_, std::move(jobs));
  EXPECT_EQ(p256_->asked, 4u);
  EXPECT_EQ(openssl_->asked, 1u);
  for (size_t i = 0; i < 5; ++i) EXPECT_EQ(IsGood(signatures[i]), i != 1);
}

TEST_F(FaultyVaultTest, FailureToSignIsInternal) {
  Start(VerifyAfterSign::kRsa, TestKeyKind::kP521);
  openssl_->kind = Faults::kError;
  const absl::Status status = Sign().status();
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal,
                               HasSubstr("signing failed: out of order")));
  EXPECT_EQ(GetReason(status), ErrorReason::kSigningFailed);
  EXPECT_TRUE(reports_.empty());
  openssl_->kind = Faults::kNone;
  EXPECT_TRUE(IsGood(Sign()));
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
