#include "signer_service/audit/audited_vault.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/audit/log_verifier.h"
#include "signer_service/audit/testing/audit_test_log.h"
#include "signer_service/audit/testing/faulty_segments.h"
#include "signer_service/vault/in_process_vault.h"
#include "signer_service/vault/vault_conformance.h"
#include "signer_service/vault/vault_test_input.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/signed_content.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// An audited vault with all that it needs.
class WholeVault final : public Vault {
 public:
  WholeVault() : log_(OpenTestLog(NewAuditFolder())) {}

  std::vector<KeyFileOutcome> ReplaceKeys(std::vector<KeyFile> files) override {
    return audited_.ReplaceKeys(std::move(files));
  }
  void Sign(std::vector<SignJob> jobs, OnResults on_results) override {
    audited_.Sign(std::move(jobs), std::move(on_results));
  }
  std::string EngineName(KeyType type) const override {
    return audited_.EngineName(type);
  }

 private:
  // Ends last: it answers what the vault still gives it.
  std::unique_ptr<AuditLog> log_;
  InProcessVault vault_;
  AuditedVault audited_{vault_, *log_};
};

}  // namespace

INSTANTIATE_TEST_SUITE_P(Audited, VaultConformanceTest,
                         testing::Values(VaultFactory{
                             "Audited",
                             [] { return std::make_unique<WholeVault>(); }}));

namespace {

class AuditedVaultTest : public testing::Test {
 protected:
  AuditedVaultTest() {
    AuditOptions options;
    options.segment_bytes = 1 << 20;
    log_ = *AuditLog::Open(
        std::make_unique<FaultySegments>(TestSegments(folder_), faults_),
        TestAuditKey(), options);
    audited_ = std::make_unique<AuditedVault>(vault_, *log_);
    std::vector<KeyFile> files;
    files.push_back(TestKeyFile("www", TestKeyPem(TestKeyKind::kP256), "new"));
    files.push_back(TestKeyFile("old", TestKeyPem(TestKeyKind::kRsa2048)));
    audited_->ReplaceKeys(std::move(files));
  }

  SignJob Job(signer::v1::SignRequest request) {
    SignJob job;
    job.request = std::move(request);
    job.request.set_server_name("www.example.org");
    job.hop.identity = "spiffe://example.org/web";
    return job;
  }
  absl::StatusOr<std::string> Sign(SignJob job) {
    std::vector<SignJob> jobs;
    jobs.push_back(std::move(job));
    return SignAll(*audited_, std::move(jobs)).front();
  }
  // Of requests, as text.
  std::vector<std::string> Records() {
    std::vector<std::string> records;
    AuditVerifyOptions options;
    options.on_record = [&](const ParsedRecord& record,
                            absl::string_view line) {
      if (record.event() == "sign") records.emplace_back(line);
    };
    EXPECT_THAT(VerifyAuditLog(folder_, options)->faults, IsEmpty());
    return records;
  }

  const PublicKey p256_ = TestPublicKey(TestKeyKind::kP256);
  const SignatureScheme scheme_ = SignatureScheme::kEcdsaSecp256r1Sha256;
  const std::string folder_ = NewAuditFolder();
  const std::shared_ptr<SegmentFaults> faults_ =
      std::make_shared<SegmentFaults>();
  std::unique_ptr<AuditLog> log_;
  InProcessVault vault_;
  std::unique_ptr<AuditedVault> audited_;
};

TEST_F(AuditedVaultTest, ASignatureIsRecordedBeforeItIsReleased) {
  SignJob job = Job(Tls13Request(p256_, scheme_, signer::v1::ROLE_SERVER));
  job.request.mutable_claimed_caller()->set_uid(33);
  job.request.mutable_claimed_caller()->set_gid(34);
  job.request.set_request_id("0123456789abcdef");
  const std::string transcript =
      job.request.tls13_certificate_verify().transcript_hash();
  ASSERT_THAT(Sign(std::move(job)), IsOk());
  const std::vector<std::string> records = Records();
  ASSERT_EQ(records.size(), 1u);
  EXPECT_THAT(
      records[0],
      HasSubstr(absl::StrCat(
          R"("event":"sign","identity":"spiffe://example.org/web",)",
          R"("claimed_uid":33,"claimed_gid":34,"key":"www@new",)",
          R"("spki_sha256":")", absl::BytesToHexString(p256_.spki_sha256()),
          R"(","usage":"tls13_server","scheme":"ecdsa_secp256r1_sha256",)",
          R"("server_name":"www.example.org","transcript_hash":")",
          absl::BytesToHexString(transcript),
          R"(","request_id":"30313233343536373839616263646566",)",
          R"("outcome":"signed","chain":")")));
}

TEST_F(AuditedVaultTest, ATls12SignaturesRecordHasTheHashOfWhatWasSigned) {
  SignJob job = Job(Tls12ServerRequest(p256_, scheme_));
  const auto& input = job.request.tls12_server_key_exchange();
  const std::string content = *AssembleTls12ServerKeyExchange(
      {input.client_random(), input.server_random(),
       static_cast<uint16_t>(input.curve()), input.public_point()});
  ASSERT_THAT(Sign(std::move(job)), IsOk());
  AuditHash hash;
  EVP_Digest(content.data(), content.size(), hash.data(), nullptr, EVP_sha256(),
             nullptr);
  EXPECT_THAT(Records().front(),
              HasSubstr(absl::StrCat(
                  R"("content_sha256":")",
                  absl::BytesToHexString(AuditHashBytes(hash)), "\"")));
}

TEST_F(AuditedVaultTest, SlowSignaturesAreRecordedToo) {
  const PublicKey rsa = TestPublicKey(TestKeyKind::kRsa2048);
  std::vector<SignJob> jobs;
  for (int i = 0; i < 20; ++i) {
    jobs.push_back(Job(
        Tls13Request(i % 2 == 0 ? rsa : p256_,
                     i % 2 == 0 ? SignatureScheme::kRsaPssRsaeSha256 : scheme_,
                     signer::v1::ROLE_SERVER)));
  }
  for (const auto& result : SignAll(*audited_, std::move(jobs))) {
    EXPECT_THAT(result, IsOk());
  }
  EXPECT_EQ(Records().size(), 20u);
}

TEST_F(AuditedVaultTest, WhatTheVaultRefusesIsRecorded) {
  SignJob job = Job(Tls13Request(p256_, SignatureScheme::kRsaPkcs1Sha256,
                                 signer::v1::ROLE_SERVER));
  EXPECT_THAT(Sign(std::move(job)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(
      Records().front(),
      HasSubstr(R"("outcome":"refused","reason":"SCHEME_DOES_NOT_FIT_KEY")"));
}

TEST_F(AuditedVaultTest, WhatCameTooLateIsNotRecorded) {
  SignJob job = Job(Tls13Request(p256_, scheme_, signer::v1::ROLE_SERVER));
  job.hop.deadline = absl::Now() - absl::Seconds(1);
  EXPECT_THAT(Sign(std::move(job)),
              StatusIs(absl::StatusCode::kDeadlineExceeded));
  EXPECT_THAT(Records(), IsEmpty());
}

TEST_F(AuditedVaultTest, WithoutARecordThereIsNoSignature) {
  faults_->FailAfter(0, absl::ResourceExhaustedError("no space left"));
  const absl::StatusOr<std::string> first =
      Sign(Job(Tls13Request(p256_, scheme_, signer::v1::ROLE_SERVER)));
  EXPECT_THAT(first, StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(GetReason(first.status()), ErrorReason::kAuditUnavailable);
  // From now on nothing is signed in the first place.
  EXPECT_EQ(
      Sign(Job(Tls13Request(p256_, scheme_, signer::v1::ROLE_SERVER))).status(),
      first.status());
}

TEST_F(AuditedVaultTest, AStalledLogAnswersAtTheDeadline) {
  faults_->Stall();
  SignJob job = Job(Tls13Request(p256_, scheme_, signer::v1::ROLE_SERVER));
  job.hop.deadline = absl::Now() + absl::Milliseconds(50);
  EXPECT_THAT(Sign(std::move(job)), StatusIs(absl::StatusCode::kUnavailable,
                                             HasSubstr("not written in time")));
  faults_->Heal();
}

}  // namespace
}  // namespace keyhold
