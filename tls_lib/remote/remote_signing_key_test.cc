#include "tls_lib/remote/remote_signing_key.h"

#include <algorithm>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_signer.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/cert_resolver.h"
#include "tls_lib/core/certified_key.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/signed_content.h"
#include "tls_lib/core/sni_cert_resolver.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/remote/signer_client.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;
using ::testing::SizeIs;

constexpr SignatureScheme kGrease = static_cast<SignatureScheme>(0xfafa);
constexpr SignatureScheme kPss256 = SignatureScheme::kRsaPssRsaeSha256;
constexpr SignatureScheme kPss384 = SignatureScheme::kRsaPssRsaeSha384;
constexpr SignatureScheme kPss512 = SignatureScheme::kRsaPssRsaeSha512;

FakeKey KeyNamed(std::string id, TestKeyKind kind, int index = 0) {
  FakeKey key;
  key.id = std::move(id);
  key.pem = TestKeyPem(kind, index);
  return key;
}

SigningContext Tls13Server(std::string name = "www.example.org") {
  SigningContext context;
  context.role = Role::kServer;
  context.version = TlsVersion::kTls13;
  context.server_name = std::move(name);
  return context;
}

std::string Tls13Content(char filler = 'h') {
  return *AssembleTls13CertificateVerify(
      {Role::kServer, std::string(32, filler)});
}

class RemoteSigningKeyTest : public testing::Test {
 protected:
  RemoteSigningKeyTest()
      : signer_({KeyNamed("rsa", TestKeyKind::kRsa2048),
                 KeyNamed("p256", TestKeyKind::kP256)}),
        client_(*SignerClient::Create(signer_.ClientOptions())),
        rsa_(KeyFor(TestKeyKind::kRsa2048)),
        p256_(KeyFor(TestKeyKind::kP256)) {}

  std::shared_ptr<const RemoteSigningKey> KeyFor(
      TestKeyKind kind, int index = 0, SchemeChoiceCache::Options cache = {}) {
    auto key = RemoteSigningKey::ForCertificate(
        client_, SelfSignedTestCert(TestKeyPem(kind, index)), std::move(cache));
    EXPECT_THAT(key, IsOk());
    return *std::move(key);
  }

  static absl::StatusOr<SignatureScheme> Choose(
      const SigningKey& key, const SigningContext& context,
      const std::vector<SignatureScheme>& offered) {
    auto signer = key.ChooseScheme(context, offered);
    if (!signer.ok()) return signer.status();
    return (*signer)->scheme();
  }

  static absl::StatusOr<std::string> Sign(
      const SigningKey& key, const SigningContext& context,
      const std::vector<SignatureScheme>& offered, absl::string_view message,
      absl::Time deadline = absl::InfiniteFuture()) {
    auto signer = key.ChooseScheme(context, offered);
    if (!signer.ok()) return signer.status();
    return (*signer)->Sign(message, deadline);
  }

  int ChooseCalls() const { return signer_.Calls(FakeRpc::kChooseScheme); }

  FakeSigner signer_;
  std::shared_ptr<SignerClient> client_;
  std::shared_ptr<const RemoteSigningKey> rsa_;
  std::shared_ptr<const RemoteSigningKey> p256_;
};

TEST_F(RemoteSigningKeyTest, SignsWithTheSchemeThatTheServiceChose) {
  auto signer = rsa_->ChooseScheme(Tls13Server(), {kPss512, kPss256});
  ASSERT_THAT(signer, IsOk());
  EXPECT_EQ((*signer)->scheme(), kPss256);
  const auto signature =
      (*signer)->Sign(Tls13Content(), absl::InfiniteFuture());
  ASSERT_THAT(signature, IsOk());
  EXPECT_THAT(rsa_->public_key().Verify(kPss256, Tls13Content(), *signature),
              IsOk());
  EXPECT_EQ((*signer)->async(), nullptr);
  EXPECT_EQ(rsa_->async(), nullptr);
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

TEST_F(RemoteSigningKeyTest, NothingInCommonCostsNoCall) {
  for (const std::vector<SignatureScheme>& offered :
       {std::vector<SignatureScheme>{},
        {kGrease},
        {SignatureScheme::kEd25519, SignatureScheme::kRsaPkcs1Sha256}}) {
    const auto choice = Choose(*rsa_, Tls13Server(), offered);
    EXPECT_THAT(choice, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(GetReason(choice.status()),
                Optional(ErrorReason::kNoCommonScheme));
  }
  EXPECT_EQ(ChooseCalls(), 0);
}

TEST_F(RemoteSigningKeyTest, ServiceAwayIsNoLackOfSchemes) {
  signer_.Stop();
  SigningContext context = Tls13Server();
  context.deadline = absl::Now() + absl::Milliseconds(100);
  EXPECT_THAT(Choose(*rsa_, context, {kPss256}),
              StatusIs(absl::StatusCode::kUnavailable));
  signer_.Start();
  context.deadline = absl::InfiniteFuture();
  EXPECT_THAT(Choose(*rsa_, context, {kPss256}), IsOkAndHolds(kPss256));
}

TEST_F(RemoteSigningKeyTest, AsksOnlyForWhatTheKeyCanMake) {
  EXPECT_THAT(
      Choose(*rsa_, Tls13Server(),
             {kGrease, kPss512, SignatureScheme::kEd25519, kPss384, kPss384}),
      IsOkAndHolds(kPss384));
  ASSERT_THAT(signer_.record().choices(), SizeIs(1));
  const auto request = signer_.record().choices()[0];
  EXPECT_THAT(request.offered(), testing::UnorderedElementsAre(0x0805, 0x0806));
  EXPECT_EQ(request.server_name(), "www.example.org");
  EXPECT_EQ(request.role(), signer::v1::ROLE_SERVER);
  EXPECT_EQ(request.tls_version(), signer::v1::TLS_VERSION_1_3);
}

// Peers that permute their lists, add GREASE and unknown points, and invent
// names, cannot cause a call for each connection.
class ManyClientHellosTest : public RemoteSigningKeyTest {
 protected:
  ManyClientHellosTest() {
    const std::string key = TestKeyPem(TestKeyKind::kRsa2048);
    auto certified =
        *CertifiedKey::CreateFromPem(SelfSignedTestCert(key), rsa_);
    resolver_ = *SniCertResolver::Create({{"www.example.org", certified},
                                          {"*.example.org", certified},
                                          {"", certified}});
  }

  // The schemes in `usable` among others that the key cannot make.
  std::vector<SignatureScheme> Disguise(
      const std::set<SignatureScheme>& usable) {
    std::vector<SignatureScheme> offered(usable.begin(), usable.end());
    for (int i = 0; i < 5; ++i) {
      offered.push_back(static_cast<SignatureScheme>(
          absl::Uniform(random_, 0x1000, 0x10000)));
    }
    offered.push_back(kGrease);
    offered.push_back(SignatureScheme::kEcdsaSecp256r1Sha256);
    std::shuffle(offered.begin(), offered.end(), random_);
    return offered;
  }

  std::string SomeName() {
    const int n = absl::Uniform(random_, 0, 1000000);
    switch (n % 4) {
      case 0:
        return "www.example.org";
      case 1:
        return absl::StrCat("n", n, ".example.org");
      case 2:
        return absl::StrCat("n", n, ".test");
      default:
        return "";
    }
  }

  absl::InsecureBitGen random_;
  std::unique_ptr<SniCertResolver> resolver_;
};

TEST_F(ManyClientHellosTest, NoMoreCallsThanDistinctQuestions) {
  std::set<std::pair<std::string, std::set<SignatureScheme>>> questions;
  for (int i = 0; i < 10000; ++i) {
    std::set<SignatureScheme> usable;
    for (const SignatureScheme scheme : {kPss256, kPss384, kPss512}) {
      if (absl::Bernoulli(random_, 0.5)) usable.insert(scheme);
    }
    ClientHello hello;
    hello.server_name = SomeName();
    hello.signature_schemes = Disguise(usable);
    const auto resolution = resolver_->Resolve(hello);
    ASSERT_THAT(resolution, IsOk());
    const auto choice =
        Choose((*resolution)->candidates[0]->key(),
               Tls13Server((*resolution)->entry_name), hello.signature_schemes);
    if (usable.empty()) {
      ASSERT_THAT(choice, StatusIs(absl::StatusCode::kFailedPrecondition));
    } else {
      ASSERT_THAT(choice, IsOkAndHolds(*usable.begin()));
      questions.emplace((*resolution)->entry_name, usable);
    }
  }
  EXPECT_LE(questions.size(), 3 * 7);
  EXPECT_EQ(ChooseCalls(), questions.size());
}

TEST_F(RemoteSigningKeyTest, ConcurrentHandshakesShareOneQuestion) {
  std::vector<std::thread> handshakes;
  for (int i = 0; i < 16; ++i) {
    handshakes.emplace_back([&] {
      EXPECT_THAT(Choose(*rsa_, Tls13Server(), {kPss256}),
                  IsOkAndHolds(kPss256));
    });
  }
  for (std::thread& handshake : handshakes) handshake.join();
  EXPECT_EQ(ChooseCalls(), 1);
}

TEST_F(RemoteSigningKeyTest, RefusalsAreRememberedToo) {
  FakeRule rule;
  rule.server_names = {"www.example.org"};
  rule.schemes = {kPss256};
  signer_.backend().SetRules({rule});
  SchemeChoiceCache::Options cache;
  cache.refusal_lifetime = absl::InfiniteDuration();
  const auto rsa = KeyFor(TestKeyKind::kRsa2048, 0, cache);
  for (int i = 0; i < 3; ++i) {
    const auto none = Choose(*rsa, Tls13Server(), {kPss384});
    EXPECT_THAT(none, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(GetReason(none.status()),
                Optional(ErrorReason::kNoCommonScheme));
    const auto denied = Choose(*rsa, Tls13Server("mail"), {kPss256});
    EXPECT_THAT(denied, StatusIs(absl::StatusCode::kPermissionDenied));
    EXPECT_THAT(GetReason(denied.status()),
                Optional(ErrorReason::kServerNameNotAllowed));
  }
  EXPECT_EQ(ChooseCalls(), 2);
}

TEST_F(RemoteSigningKeyTest, ChangeOfPolicySeenInAnAnswerAsksAgain) {
  EXPECT_THAT(Choose(*rsa_, Tls13Server(), {kPss256, kPss384}),
              IsOkAndHolds(kPss256));
  FakeKey prefers384 = KeyNamed("rsa", TestKeyKind::kRsa2048);
  prefers384.schemes = {kPss384, kPss256};
  signer_.backend().SetKeys({prefers384, KeyNamed("p256", TestKeyKind::kP256)});
  EXPECT_THAT(Choose(*rsa_, Tls13Server(), {kPss256, kPss384}),
              IsOkAndHolds(kPss256));
  // Any signature brings the news, with another key of the client too.
  ASSERT_THAT(Sign(*p256_, Tls13Server(),
                   {SignatureScheme::kEcdsaSecp256r1Sha256}, Tls13Content()),
              IsOk());
  EXPECT_THAT(Choose(*rsa_, Tls13Server(), {kPss256, kPss384}),
              IsOkAndHolds(kPss384));
}

TEST_F(RemoteSigningKeyTest, SchemeRefusedAtSignIsNotServedAgain) {
  auto signer = rsa_->ChooseScheme(Tls13Server(), {kPss256, kPss384});
  ASSERT_THAT(signer, IsOk());
  FakeRule rule;
  rule.schemes = {kPss384};
  signer_.backend().SetRules({rule});
  const auto refused = (*signer)->Sign(Tls13Content(), absl::InfiniteFuture());
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kPermissionDenied));
  EXPECT_THAT(GetReason(refused.status()),
              Optional(ErrorReason::kSchemeNotAllowed));
  EXPECT_THAT(Choose(*rsa_, Tls13Server(), {kPss256, kPss384}),
              IsOkAndHolds(kPss384));
}

TEST_F(RemoteSigningKeyTest, LastKnownChoiceNeverAsks) {
  FakeKey prefers512 = KeyNamed("rsa", TestKeyKind::kRsa2048);
  prefers512.schemes = {kPss512, kPss256};
  signer_.backend().SetKeys({prefers512});
  const auto last = [&](std::vector<SignatureScheme> offered)
      -> absl::StatusOr<SignatureScheme> {
    auto signer = rsa_->LastKnownChoice(Tls13Server(), offered);
    if (!signer.ok()) return signer.status();
    return (*signer)->scheme();
  };
  // Before any answer: the key's defaults.
  EXPECT_THAT(last({kPss512, kPss256}), IsOkAndHolds(kPss256));
  EXPECT_EQ(ChooseCalls(), 0);
  EXPECT_THAT(Choose(*rsa_, Tls13Server(), {kPss512, kPss256}),
              IsOkAndHolds(kPss512));
  signer_.Stop();
  EXPECT_THAT(last({kPss512, kPss256}), IsOkAndHolds(kPss512));
  EXPECT_THAT(last({kPss384}), IsOkAndHolds(kPss384));
  EXPECT_THAT(last({kGrease}), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(ChooseCalls(), 1);
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
