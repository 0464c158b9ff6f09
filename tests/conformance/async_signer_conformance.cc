#include "tests/conformance/async_signer_conformance.h"

#include <atomic>
#include <thread>
#include <utility>

#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/conformance/openssl_verifier.h"
#include "tests/conformance/to_be_signed.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using Choice = absl::StatusOr<std::unique_ptr<Signer>>;
using Signature = absl::StatusOr<std::string>;
using ::testing::AnyOf;
using ::testing::Optional;

constexpr absl::Duration kPatience = absl::Seconds(60);
constexpr SignatureScheme kP256Scheme = SignatureScheme::kEcdsaSecp256r1Sha256;
const SignatureScheme kPss[] = {SignatureScheme::kRsaPssRsaeSha256,
                                SignatureScheme::kRsaPssRsaeSha384,
                                SignatureScheme::kRsaPssRsaeSha512};

// The answer of one Start…, and whether it came as the contract says.
template <typename Answer>
class Receiver {
 public:
  absl::AnyInvocable<void(Answer) &&> Done() {
    return [this](Answer answer) {
      EXPECT_NE(std::this_thread::get_id(), starter_)
          << "done ran inside the call that began it";
      EXPECT_EQ(++calls_, 1);
      answer_ = std::move(answer);
      done_.Notify();
    };
  }
  Answer& Wait() {
    done_.WaitForNotification();
    return answer_;
  }

 private:
  const std::thread::id starter_ = std::this_thread::get_id();
  std::atomic<int> calls_{0};
  Answer answer_ = absl::UnknownError("");
  absl::Notification done_;
};

}  // namespace

void AsyncSignerConformance::SetUp() {
  backend_ = GetParam().backend();
  ASSERT_NE(backend_, nullptr);
  p256_ = backend_->Find(Keys()[0]);
  rsa_ = backend_->Find(Keys()[1]);
  ASSERT_NE(p256_, nullptr);
  ASSERT_NE(rsa_, nullptr);
  ASSERT_NE(p256_->async(), nullptr) << "there is no asynchronous form";
  message_ = MakeToBeSigned(Role::kServer, TlsVersion::kTls13,
                            Keys()[0].CertificatePem());
}

SigningContext AsyncSignerConformance::Context(absl::Duration time) {
  SigningContext context;
  context.deadline = absl::Now() + time;
  return context;
}

std::unique_ptr<Signer> AsyncSignerConformance::NewSigner() {
  Choice choice = p256_->ChooseScheme(Context(kPatience), {kP256Scheme});
  EXPECT_THAT(choice, IsOk());
  EXPECT_NE((*choice)->async(), nullptr);
  return *std::move(choice);
}

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(AsyncSignerConformance);

TEST_P(AsyncSignerConformance, ChoosesAndSigns) {
  EXPECT_FALSE(
      p256_->async()->TryChooseScheme(Context(kPatience), {kP256Scheme}));
  Receiver<Choice> choice;
  auto choosing = p256_->async()->StartChooseScheme(
      Context(kPatience), {kP256Scheme}, choice.Done());
  ASSERT_THAT(choice.Wait(), IsOk());
  Signer& signer = **choice.Wait();
  EXPECT_EQ(signer.scheme(), kP256Scheme);

  Receiver<Signature> signature;
  auto signing = signer.async()->StartSign(message_, absl::Now() + kPatience,
                                           signature.Done());
  ASSERT_THAT(signature.Wait(), IsOk());
  EXPECT_TRUE(VerifiesWithOpenssl(Keys()[0].Spki(), kP256Scheme, message_,
                                  *signature.Wait()));
}

TEST_P(AsyncSignerConformance, KnowsTheNextTime) {
  NewSigner();
  auto known =
      p256_->async()->TryChooseScheme(Context(kPatience), {kP256Scheme});
  ASSERT_TRUE(known.has_value());
  EXPECT_THAT(*known, IsOk());
  // Also when it is asked to ask.
  Receiver<Choice> choice;
  auto choosing = p256_->async()->StartChooseScheme(
      Context(kPatience), {kP256Scheme}, choice.Done());
  EXPECT_THAT(choice.Wait(), IsOk());
}

TEST_P(AsyncSignerConformance, NothingInCommon) {
  Receiver<Choice> choice;
  auto choosing = p256_->async()->StartChooseScheme(Context(kPatience), kPss,
                                                    choice.Done());
  EXPECT_THAT(choice.Wait(), StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(GetReason(choice.Wait().status()),
              Optional(ErrorReason::kNoCommonScheme));
}

TEST_P(AsyncSignerConformance, ADeadlineThatHasPassed) {
  auto signer = NewSigner();
  Receiver<Signature> signature;
  auto signing = signer->async()->StartSign(
      message_, absl::Now() - absl::Seconds(1), signature.Done());
  EXPECT_THAT(signature.Wait(), StatusIs(absl::StatusCode::kDeadlineExceeded));

  Receiver<Choice> choice;
  auto choosing = rsa_->async()->StartChooseScheme(Context(-absl::Seconds(1)),
                                                   kPss, choice.Done());
  EXPECT_THAT(choice.Wait(), StatusIs(absl::StatusCode::kDeadlineExceeded));
}

TEST_P(AsyncSignerConformance, AMessageThatIsNoTlsContent) {
  auto signer = NewSigner();
  Receiver<Signature> signature;
  auto signing =
      signer->async()->StartSign("", absl::Now() + kPatience, signature.Done());
  EXPECT_FALSE(signature.Wait().ok());
}

TEST_P(AsyncSignerConformance, ManyAtOnce) {
  constexpr int kCount = 300;
  auto signer = NewSigner();
  std::vector<Receiver<Signature>> signatures(kCount);
  std::vector<std::unique_ptr<PendingSign>> pending;
  for (auto& each : signatures) {
    pending.push_back(signer->async()->StartSign(
        message_, absl::Now() + kPatience, each.Done()));
  }
  for (auto& each : signatures) EXPECT_THAT(each.Wait(), IsOk());
}

TEST_P(AsyncSignerConformance, OnceTheHandleIsGoneTheCallbackIsToo) {
  auto signer = NewSigner();
  for (int round = 0; round < 300; ++round) {
    // Read without a lock: the destructor has to see to the order.
    auto state = std::make_unique<int>(0);
    auto signing = signer->async()->StartSign(
        message_, absl::Now() + kPatience,
        [state = state.get()](const Signature&) { ++*state; });
    if (round % 2 == 1) std::this_thread::yield();
    signing.reset();
    EXPECT_LE(*state, 1);
  }
  for (int round = 0; round < 50; ++round) {
    auto state = std::make_unique<int>(0);
    auto choosing = rsa_->async()->StartChooseScheme(
        Context(kPatience), kPss,
        [state = state.get()](const Choice&) { ++*state; });
    choosing.reset();
    EXPECT_LE(*state, 1);
  }
}

TEST_P(AsyncSignerConformance, TheHandleMayGoInTheCallback) {
  auto signer = NewSigner();
  absl::Notification assigned, over;
  std::unique_ptr<PendingSign> signing;
  signing = signer->async()->StartSign(message_, absl::Now() + kPatience,
                                       [&](const Signature& signature) {
                                         assigned.WaitForNotification();
                                         EXPECT_THAT(signature, IsOk());
                                         signing.reset();
                                         over.Notify();
                                       });
  assigned.Notify();
  over.WaitForNotification();
}

TEST_P(AsyncSignerConformance, TheHandlesDestructorWaitsForTheCallback) {
  auto signer = NewSigner();
  absl::Notification begun;
  bool ended = false;
  auto signing = signer->async()->StartSign(message_, absl::Now() + kPatience,
                                            [&](const Signature&) {
                                              begun.Notify();
                                              std::this_thread::yield();
                                              ended = true;
                                            });
  begun.WaitForNotification();
  signing.reset();
  EXPECT_TRUE(ended);
}

TEST_P(AsyncSignerConformance, ManyThreads) {
  constexpr int kThreads = 8;
  auto signer = NewSigner();
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        Receiver<Choice> choice;
        auto choosing = rsa_->async()->StartChooseScheme(
            Context(kPatience), {kPss[round % 3]}, choice.Done());
        EXPECT_THAT(choice.Wait(), IsOk());
        Receiver<Signature> signature;
        auto signing = signer->async()->StartSign(
            message_, absl::Now() + kPatience, signature.Done());
        EXPECT_THAT(signature.Wait(), IsOk());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

TEST_P(AsyncSignerConformance, ServiceAway) {
  auto signer = NewSigner();
  backend_->StopService();
  const auto is_away = StatusIs(AnyOf(absl::StatusCode::kUnavailable,
                                      absl::StatusCode::kDeadlineExceeded));
  Receiver<Signature> signature;
  Receiver<Choice> choice;
  auto signing = signer->async()->StartSign(
      message_, absl::Now() + absl::Milliseconds(300), signature.Done());
  auto choosing = rsa_->async()->StartChooseScheme(
      Context(absl::Milliseconds(300)), kPss, choice.Done());
  EXPECT_THAT(signature.Wait(), is_away);
  EXPECT_THAT(choice.Wait(), is_away);
  // Given up while it is tried again and again.
  signing = signer->async()->StartSign(
      message_, absl::Now() + kPatience,
      [](const Signature&) { FAIL() << "was cancelled"; });
  signing.reset();
}

}  // namespace keyhold
