#include "tls_lib/remote/remote_signing_key.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/remote/remote_signing_key_fixture.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::Optional;
using ::testing::SizeIs;

TEST_F(RemoteSigningKeyTest, SignsWithTheSchemeThatTheServiceChose) {
  auto signer = rsa_->ChooseScheme(Tls13Server(), {kPss512, kPss256});
  ASSERT_THAT(signer, IsOk());
  EXPECT_EQ((*signer)->scheme(), kPss256);
  const auto signature =
      (*signer)->Sign(Tls13Content(), absl::InfiniteFuture());
  ASSERT_THAT(signature, IsOk());
  EXPECT_THAT(rsa_->public_key().Verify(kPss256, Tls13Content(), *signature),
              IsOk());
}

TEST_F(RemoteSigningKeyTest, ConstructingNeedsNoService) {
  signer_.Stop();
  auto key = RemoteSigningKey::ForCertificate(
      client_, SelfSignedTestCert(TestKeyPem(TestKeyKind::kEd25519)));
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ((*key)->public_key().spki(), TestKeySpki(TestKeyKind::kEd25519));
}

TEST_F(RemoteSigningKeyTest, CertificateThatIsNone) {
  EXPECT_THAT(RemoteSigningKey::ForCertificate(client_, "no PEM"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(RemoteSigningKeyTest, FindsKeysBySelector) {
  signer::v1::KeySelector selector;
  selector.set_id("p256");
  auto key = RemoteSigningKey::Find(client_, selector);
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ((*key)->public_key(), p256_->public_key());
  EXPECT_THAT(Sign(**key, Tls13Server(),
                   {SignatureScheme::kEcdsaSecp256r1Sha256}, Tls13Content()),
              IsOk());
}

TEST_F(RemoteSigningKeyTest, SeveralKeysOfOneIdAskToBeMoreExact) {
  FakeKey old = KeyNamed("p256", TestKeyKind::kP256, 1);
  old.label = "old";
  signer_.backend().SetKeys({KeyNamed("p256", TestKeyKind::kP256), old});
  signer::v1::KeySelector selector;
  selector.set_id("p256");
  EXPECT_THAT(RemoteSigningKey::FindAll(client_, selector),
              IsOkAndHolds(SizeIs(2)));
  EXPECT_THAT(RemoteSigningKey::Find(client_, selector),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("names 2 keys"),
                             HasSubstr("select one by its SPKI SHA-256"))));
}

TEST_F(RemoteSigningKeyTest, FindsNothing) {
  signer::v1::KeySelector selector;
  selector.set_id("mail");
  const auto key = RemoteSigningKey::Find(client_, selector);
  EXPECT_THAT(key, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(GetReason(key.status()), Optional(ErrorReason::kKeyNotFound));
}

TEST_F(RemoteSigningKeyTest, TranscriptStaysInThisProcess) {
  const std::string content = Tls13Content('t');
  ASSERT_THAT(Sign(*rsa_, Tls13Server(), {kPss256}, content), IsOk());
  ASSERT_THAT(signer_.record().signs(), SizeIs(1));
  const auto request = signer_.record().signs()[0];
  EXPECT_EQ(request.tls13_certificate_verify().transcript_hash(),
            std::string(32, 't'));
  // Neither the padding nor the context string, which the service assembles.
  EXPECT_THAT(request.SerializeAsString(), Not(HasSubstr("    ")));
  EXPECT_THAT(request.SerializeAsString(), Not(HasSubstr("TLS 1.3")));
}

TEST_F(RemoteSigningKeyTest, OtherMessagesAreRefusedByDefault) {
  const auto refused =
      Sign(*rsa_, Tls13Server(), {kPss256}, "a message of no TLS");
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(GetReason(refused.status()),
              Optional(ErrorReason::kUsageNotAllowed));
  EXPECT_THAT(signer_.record().signs()[0].SerializeAsString(),
              Not(HasSubstr("no TLS")));
}

TEST_F(RemoteSigningKeyTest, PolicyMayAllowDigestsAndMessages) {
  FakeRule rule;
  rule.usages = {signer::v1::USAGE_TLS13_SERVER, signer::v1::USAGE_DIGEST,
                 signer::v1::USAGE_MESSAGE};
  signer_.backend().SetKeys({KeyNamed("rsa", TestKeyKind::kRsa2048),
                             KeyNamed("ed25519", TestKeyKind::kEd25519),
                             KeyNamed("ed448", TestKeyKind::kEd448)});
  signer_.backend().SetRules({rule});
  constexpr char kMessage[] = "a message of no TLS";
  const std::pair<TestKeyKind, SignatureScheme> cases[] = {
      {TestKeyKind::kRsa2048, kPss256},
      {TestKeyKind::kEd25519, SignatureScheme::kEd25519},
      {TestKeyKind::kEd448, SignatureScheme::kEd448}};
  for (const auto& [kind, scheme] : cases) {
    const auto key = KeyFor(kind);
    const auto signature = Sign(*key, Tls13Server(), {scheme}, kMessage);
    ASSERT_THAT(signature, IsOk());
    EXPECT_THAT(key->public_key().Verify(scheme, kMessage, *signature), IsOk());
  }
  const auto signs = signer_.record().signs();
  ASSERT_THAT(signs, SizeIs(3));
  EXPECT_TRUE(signs[0].has_digest());
  EXPECT_EQ(signs[1].message(), kMessage);
  EXPECT_EQ(signs[2].message(), kMessage);
}

TEST_F(RemoteSigningKeyTest, SlowSignerEndsAtTheDeadline) {
  auto signer = rsa_->ChooseScheme(Tls13Server(), {kPss256});
  ASSERT_THAT(signer, IsOk());
  signer_.DelayNextSign(absl::Hours(1));
  EXPECT_THAT(
      (*signer)->Sign(Tls13Content(), absl::Now() + absl::Milliseconds(50)),
      StatusIs(absl::StatusCode::kDeadlineExceeded, HasSubstr("www")));
}

TEST_F(RemoteSigningKeyTest, SpoiltSignatures) {
  const auto spoilt = [&](const RemoteSigningKey& key, SignatureScheme scheme,
                          FakeDamage damage) {
    signer_.DamageNextSignature(damage);
    return Sign(key, Tls13Server(), {scheme}, Tls13Content());
  };
  constexpr SignatureScheme kP256 = SignatureScheme::kEcdsaSecp256r1Sha256;
  EXPECT_THAT(spoilt(*rsa_, kPss256, FakeDamage::kTruncated),
              StatusIs(absl::StatusCode::kInternal,
                       AllOf(HasSubstr(signer_.endpoint()),
                             HasSubstr("128 bytes where"))));
  EXPECT_THAT(spoilt(*p256_, kP256, FakeDamage::kTruncated),
              StatusIs(absl::StatusCode::kInternal,
                       HasSubstr("no whole P-256 signature")));
  EXPECT_THAT(spoilt(*p256_, kP256, FakeDamage::kEmpty),
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(spoilt(*rsa_, kPss256, FakeDamage::kOtherScheme),
              StatusIs(absl::StatusCode::kInternal));
  // A wrong one of the right form is for the TLS peer to find.
  const auto wrong = spoilt(*p256_, kP256, FakeDamage::kWrong);
  ASSERT_THAT(wrong, IsOk());
  EXPECT_THAT(p256_->public_key().Verify(kP256, Tls13Content(), *wrong),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(RemoteSigningKeyTest, RestartBetweenTwoHandshakes) {
  ASSERT_THAT(Sign(*rsa_, Tls13Server(), {kPss256}, Tls13Content()), IsOk());
  signer_.Stop();
  signer_.Start();
  ASSERT_THAT(Sign(*rsa_, Tls13Server(), {kPss256}, Tls13Content()), IsOk());
  EXPECT_EQ(ChooseCalls(), 1);
}

TEST_F(RemoteSigningKeyTest, KeyReplacedUnderAnOldCertificate) {
  FakeKey kept = KeyNamed("rsa", TestKeyKind::kRsa2048);
  kept.label = "old";
  const FakeKey renewed = KeyNamed("rsa", TestKeyKind::kRsa2048, 1);
  signer_.backend().SetKeys({kept, renewed});
  const auto signature = Sign(*rsa_, Tls13Server(), {kPss256}, Tls13Content());
  ASSERT_THAT(signature, IsOk());
  EXPECT_THAT(rsa_->public_key().Verify(kPss256, Tls13Content(), *signature),
              IsOk());

  signer_.backend().SetKeys({renewed});
  const auto gone = Sign(*rsa_, Tls13Server(), {kPss256}, Tls13Content());
  EXPECT_THAT(gone, StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(GetReason(gone.status()), Optional(ErrorReason::kKeyNotFound));
}

TEST_F(RemoteSigningKeyTest, SignersOutliveTheirKey) {
  auto signer = rsa_->ChooseScheme(Tls13Server(), {kPss256});
  ASSERT_THAT(signer, IsOk());
  rsa_.reset();
  EXPECT_THAT((*signer)->Sign(Tls13Content(), absl::InfiniteFuture()), IsOk());
}

}  // namespace
}  // namespace keyhold
