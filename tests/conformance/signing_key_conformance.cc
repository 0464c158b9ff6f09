#include "tests/conformance/signing_key_conformance.h"

#include <algorithm>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/conformance/openssl_verifier.h"
#include "tests/conformance/to_be_signed.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Optional;

// Long enough for a busy machine under a sanitizer; no test waits for it.
constexpr absl::Duration kPatience = absl::Seconds(60);

SignatureScheme Point(uint16_t value) {
  return static_cast<SignatureScheme>(value);
}

SigningContext ContextOf(Role role, TlsVersion version) {
  SigningContext context;
  context.role = role;
  context.version = version;
  context.deadline = absl::Now() + kPatience;
  return context;
}

// Every scheme of Keyhold's, and what else real peers offer: GREASE (RFC
// 8701), SHA-1, DSA, Brainpool, ML-DSA.
std::vector<SignatureScheme> EverythingOffered() {
  std::vector<SignatureScheme> offered = {
      Point(0x0a0a), Point(0xfafa), Point(0x0201), Point(0x0203),
      Point(0x0202), Point(0x081a), Point(0x0904), Point(0xffff)};
  for (const SchemeInfo& info : AllSchemes()) offered.push_back(info.scheme);
  return offered;
}

// The blocking form of StartSign.
absl::StatusOr<std::string> SignAsync(AsyncSigner& signer,
                                      const std::string& message) {
  absl::Notification done;
  absl::StatusOr<std::string> result;
  std::unique_ptr<PendingSign> pending =
      signer.StartSign(message, absl::Now() + kPatience,
                       [&done, &result](absl::StatusOr<std::string> signature) {
                         result = std::move(signature);
                         done.Notify();
                       });
  done.WaitForNotification();
  return result;
}

}  // namespace

std::string SigningKeyConformance::Name(
    const testing::TestParamInfo<ParamType>& info) {
  return absl::StrCat(std::get<0>(info.param).name, "_",
                      TestKeyKindName(std::get<1>(info.param)));
}

void SigningKeyConformance::SetUp() {
  backend_ = std::get<0>(GetParam()).backend();
  ASSERT_NE(backend_, nullptr);
}

std::shared_ptr<const SigningKey> SigningKeyConformance::Find(Role role) {
  std::shared_ptr<const SigningKey> key = backend_->Find({kind(), role});
  EXPECT_NE(key, nullptr) << "the backend does not have the key";
  return key;
}

template <typename Body>
void SigningKeyConformance::ForEachContext(Body body) {
  for (Role role : {Role::kServer, Role::kClient}) {
    std::shared_ptr<const SigningKey> key = Find(role);
    if (key == nullptr) return;
    for (TlsVersion version : {TlsVersion::kTls12, TlsVersion::kTls13}) {
      SCOPED_TRACE(absl::StrCat(role == Role::kServer ? "server" : "client",
                                ", TLS ",
                                version == TlsVersion::kTls13 ? "1.3" : "1.2"));
      body(*key, ConformanceKey{kind(), role}, ContextOf(role, version));
    }
  }
}

void SigningKeyConformance::ExpectNothingInCommon(
    const SigningKey& key, const SigningContext& context,
    absl::Span<const SignatureScheme> offered) {
  const absl::Status chosen = key.ChooseScheme(context, offered).status();
  EXPECT_THAT(chosen, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(GetReason(chosen), Optional(ErrorReason::kNoCommonScheme));
  const absl::Status last = key.LastKnownChoice(context, offered).status();
  EXPECT_THAT(last, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(GetReason(last), Optional(ErrorReason::kNoCommonScheme));
}

void SigningKeyConformance::ExpectSigns(const ConformanceKey& key,
                                        const SigningContext& context,
                                        Signer& signer, int variant) {
  const std::string message = MakeToBeSigned(context.role, context.version,
                                             key.CertificatePem(), variant);
  std::vector<absl::StatusOr<std::string>> signatures = {
      signer.Sign(message, absl::Now() + kPatience)};
  if (signer.async() != nullptr) {
    signatures.push_back(SignAsync(*signer.async(), message));
  }
  for (const absl::StatusOr<std::string>& signature : signatures) {
    ASSERT_THAT(signature, IsOk());
    EXPECT_TRUE(
        VerifiesWithOpenssl(key.Spki(), signer.scheme(), message, *signature));
  }
}

TEST_P(SigningKeyConformance, HasThePublicKey) {
  for (Role role : {Role::kServer, Role::kClient}) {
    std::shared_ptr<const SigningKey> key = Find(role);
    ASSERT_NE(key, nullptr);
    EXPECT_EQ(key->public_key().spki(), ConformanceKey({kind(), role}).Spki());
  }
}

TEST_P(SigningKeyConformance, MakesEachSchemeThatFitsAndNoOther) {
  int variant = 0;
  ForEachContext([&](const SigningKey& key, const ConformanceKey& which,
                     const SigningContext& context) {
    const std::vector<SignatureScheme> expected =
        ExpectedSchemes(kind(), context.version);
    for (const SchemeInfo& info : AllSchemes()) {
      SCOPED_TRACE(info.name);
      if (!testing::Value(expected, Contains(info.scheme))) {
        ExpectNothingInCommon(key, context, {info.scheme});
        continue;
      }
      absl::StatusOr<std::unique_ptr<Signer>> signer =
          key.ChooseScheme(context, {info.scheme});
      ASSERT_THAT(signer, IsOk());
      EXPECT_EQ((*signer)->scheme(), info.scheme);
      ExpectSigns(which, context, **signer, variant++);
    }
  });
}

TEST_P(SigningKeyConformance, SignsOverEveryCurveAndHash) {
  ForEachContext([&](const SigningKey& key, const ConformanceKey& which,
                     const SigningContext& context) {
    absl::StatusOr<std::unique_ptr<Signer>> signer =
        key.ChooseScheme(context, EverythingOffered());
    ASSERT_THAT(signer, IsOk());
    for (int variant = 0; variant < 5; ++variant) {
      ExpectSigns(which, context, **signer, variant);
    }
  });
}

TEST_P(SigningKeyConformance, SignaturesAreNoLongerThanThePublicKeySays) {
  ForEachContext([&](const SigningKey& key, const ConformanceKey& which,
                     const SigningContext& context) {
    absl::StatusOr<std::unique_ptr<Signer>> signer =
        key.ChooseScheme(context, EverythingOffered());
    ASSERT_THAT(signer, IsOk());
    absl::StatusOr<std::string> signature = (*signer)->Sign(
        MakeToBeSigned(context.role, context.version, which.CertificatePem()),
        absl::Now() + kPatience);
    ASSERT_THAT(signature, IsOk());
    EXPECT_LE(signature->size(), key.public_key().max_signature_size());
  });
}

TEST_P(SigningKeyConformance, ChoosesTheBestWhateverTheOrderOfTheOffer) {
  std::mt19937 random(1);  // the same each run
  ForEachContext([&](const SigningKey& key, const ConformanceKey& /*which*/,
                     const SigningContext& context) {
    const SignatureScheme best =
        ExpectedSchemes(kind(), context.version).front();
    std::vector<SignatureScheme> offered = EverythingOffered();
    for (int i = 0; i < 10; ++i) {
      absl::StatusOr<std::unique_ptr<Signer>> signer =
          key.ChooseScheme(context, offered);
      ASSERT_THAT(signer, IsOk());
      EXPECT_EQ((*signer)->scheme(), best);
      std::shuffle(offered.begin(), offered.end(), random);
    }
  });
}

TEST_P(SigningKeyConformance, AnOfferOfNothing) {
  ForEachContext([&](const SigningKey& key, const ConformanceKey& /*which*/,
                     const SigningContext& context) {
    ExpectNothingInCommon(key, context, {});
  });
}

TEST_P(SigningKeyConformance, GreaseAndUnknownPointsAreSkipped) {
  const std::vector<SignatureScheme> unknown = {Point(0x0a0a), Point(0x0201),
                                                Point(0x0000), Point(0xffff),
                                                Point(0x0a0a)};
  ForEachContext([&](const SigningKey& key, const ConformanceKey& /*which*/,
                     const SigningContext& context) {
    ExpectNothingInCommon(key, context, unknown);
    std::vector<SignatureScheme> offered = unknown;
    const SignatureScheme fits =
        ExpectedSchemes(kind(), context.version).back();
    offered.insert(offered.begin() + 2, fits);
    absl::StatusOr<std::unique_ptr<Signer>> signer =
        key.ChooseScheme(context, offered);
    ASSERT_THAT(signer, IsOk());
    EXPECT_EQ((*signer)->scheme(), fits);
  });
}

TEST_P(SigningKeyConformance, LastKnownChoiceIsOneThatWasOffered) {
  ForEachContext([&](const SigningKey& key, const ConformanceKey& which,
                     const SigningContext& context) {
    // Whatever was chosen before, a scheme that is not offered is none.
    const std::vector<SignatureScheme> expected =
        ExpectedSchemes(kind(), context.version);
    for (SignatureScheme only : expected) {
      absl::StatusOr<std::unique_ptr<Signer>> last =
          key.LastKnownChoice(context, {Point(0x0a0a), only});
      ASSERT_THAT(last, IsOk());
      EXPECT_EQ((*last)->scheme(), only);
    }
    ASSERT_THAT(key.ChooseScheme(context, EverythingOffered()), IsOk());
    absl::StatusOr<std::unique_ptr<Signer>> last =
        key.LastKnownChoice(context, EverythingOffered());
    ASSERT_THAT(last, IsOk());
    EXPECT_EQ((*last)->scheme(), expected.front());
    ExpectSigns(which, context, **last);
  });
}

TEST_P(SigningKeyConformance, NothingIsSignedAfterTheDeadline) {
  ForEachContext([&](const SigningKey& key, const ConformanceKey& which,
                     const SigningContext& context) {
    absl::StatusOr<std::unique_ptr<Signer>> signer =
        key.ChooseScheme(context, EverythingOffered());
    ASSERT_THAT(signer, IsOk());
    EXPECT_THAT((*signer)->Sign(MakeToBeSigned(context.role, context.version,
                                               which.CertificatePem()),
                                absl::Now() - absl::Seconds(1)),
                StatusIs(absl::StatusCode::kDeadlineExceeded));
  });
}

TEST_P(SigningKeyConformance, ManyThreads) {
  constexpr int kThreads = 8;
  constexpr int kSignatures = 10;
  ForEachContext([&](const SigningKey& key, const ConformanceKey& which,
                     const SigningContext& context) {
    // One Signer that all share, and one of each thread's own.
    absl::StatusOr<std::unique_ptr<Signer>> shared =
        key.ChooseScheme(context, EverythingOffered());
    ASSERT_THAT(shared, IsOk());
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&, i] {
        absl::StatusOr<std::unique_ptr<Signer>> own =
            key.ChooseScheme(context, EverythingOffered());
        ASSERT_THAT(own, IsOk());
        for (int n = 0; n < kSignatures; ++n) {
          ExpectSigns(which, context, n % 2 == 0 ? **own : **shared, i + n);
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
}

// An implementation without a service passes the first suite alone.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SigningKeyServiceConformance);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SigningKeyConformance);

TEST_P(SigningKeyServiceConformance, ServiceAwayIsNotNothingInCommon) {
  const ConformanceKey which = {TestKeyKind::kRsa2048, Role::kServer};
  std::shared_ptr<SigningKeyBackend> backend = GetParam().backend();
  ASSERT_NE(backend, nullptr);
  std::shared_ptr<const SigningKey> key = backend->Find(which);
  ASSERT_NE(key, nullptr);
  SigningContext context = ContextOf(Role::kServer, TlsVersion::kTls13);
  absl::StatusOr<std::unique_ptr<Signer>> signer =
      key->ChooseScheme(context, {SignatureScheme::kRsaPssRsaeSha256});
  ASSERT_THAT(signer, IsOk());

  backend->StopService();

  const auto is_away = StatusIs(AnyOf(absl::StatusCode::kUnavailable,
                                      absl::StatusCode::kDeadlineExceeded));
  const absl::Time deadline = absl::Now() + absl::Seconds(2);
  EXPECT_THAT(
      (*signer)->Sign(MakeToBeSigned(Role::kServer, TlsVersion::kTls13, ""),
                      deadline),
      is_away);
  // A set that was not asked for before, so that no cache has the answer.
  context.deadline = deadline;
  EXPECT_THAT(key->ChooseScheme(context, {SignatureScheme::kRsaPssRsaeSha384}),
              is_away);
  // A handshake that resumes needs no service.
  absl::StatusOr<std::unique_ptr<Signer>> last =
      key->LastKnownChoice(context, EverythingOffered());
  ASSERT_THAT(last, IsOk());
  EXPECT_EQ((*last)->scheme(), SignatureScheme::kRsaPssRsaeSha256);
}

}  // namespace keyhold
