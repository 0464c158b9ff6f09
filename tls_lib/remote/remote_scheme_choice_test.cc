// How RemoteSigningKey has its schemes chosen, and how often it asks.
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
#include "tls_lib/core/cert_resolver.h"
#include "tls_lib/core/certified_key.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/core/sni_cert_resolver.h"
#include "tls_lib/remote/remote_signing_key_fixture.h"

namespace keyhold {
namespace {

using ::testing::Optional;
using ::testing::SizeIs;

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

TEST_F(RemoteSigningKeyTest, LastKnownChoiceThatWasRefusedIsForgotten) {
  FakeKey prefers512 = KeyNamed("rsa", TestKeyKind::kRsa2048);
  prefers512.schemes = {kPss512, kPss256};
  signer_.backend().SetKeys({prefers512});
  ASSERT_THAT(Choose(*rsa_, Tls13Server(), {kPss512, kPss256}),
              IsOkAndHolds(kPss512));
  FakeRule rule;
  rule.schemes = {kPss256};
  signer_.backend().SetRules({rule});
  auto last = rsa_->LastKnownChoice(Tls13Server(), {kPss512, kPss256});
  ASSERT_THAT(last, IsOk());
  EXPECT_EQ((*last)->scheme(), kPss512);
  EXPECT_THAT((*last)->Sign(Tls13Content(), absl::InfiniteFuture()),
              StatusIs(absl::StatusCode::kPermissionDenied));
  last = rsa_->LastKnownChoice(Tls13Server(), {kPss512, kPss256});
  ASSERT_THAT(last, IsOk());
  EXPECT_EQ((*last)->scheme(), kPss256);
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

}  // namespace
}  // namespace keyhold
