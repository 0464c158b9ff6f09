// What the asynchronous form of RemoteSigningKey does towards the service.
// (Its contract: //tests/conformance:async_signer_conformance.)
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "tls_lib/remote/remote_signing_key_fixture.h"

namespace keyhold {
namespace {

using Choice = absl::StatusOr<std::unique_ptr<Signer>>;
using Signature = absl::StatusOr<std::string>;

template <typename Answer>
struct Receiver {
  absl::AnyInvocable<void(Answer) &&> Done() {
    return [this](Answer result) {
      answer = std::move(result);
      done.Notify();
    };
  }
  Answer answer = absl::UnknownError("");
  absl::Notification done;
};

class RemoteAsyncTest : public RemoteSigningKeyTest {
 protected:
  static absl::Time Later() { return absl::Now() + absl::Seconds(60); }
  static SigningContext LongContext() {
    SigningContext context = Tls13Server();
    context.deadline = Later();
    return context;
  }
  std::unique_ptr<Signer> NewSigner() {
    return rsa_->ChooseScheme(LongContext(), {kPss256}).value();
  }
};

TEST_F(RemoteAsyncTest, ConcurrentQuestionsOfBothFormsShareOneCall) {
  absl::Notification asked, go_on;
  FakeFault slow;
  slow.first = [&] {
    asked.Notify();
    go_on.WaitForNotification();
  };
  signer_.faults().Next(FakeRpc::kChooseScheme, slow);

  std::vector<Receiver<Choice>> receivers(10);
  std::vector<std::unique_ptr<PendingChoice>> pending;
  for (auto& each : receivers) {
    pending.push_back(rsa_->async()->StartChooseScheme(LongContext(), {kPss256},
                                                       each.Done()));
  }
  asked.WaitForNotification();
  std::thread blocking([&] {
    EXPECT_THAT(rsa_->ChooseScheme(LongContext(), {kPss256}), IsOk());
  });
  go_on.Notify();
  for (auto& each : receivers) {
    each.done.WaitForNotification();
    EXPECT_THAT(each.answer, IsOk());
  }
  blocking.join();
  EXPECT_EQ(ChooseCalls(), 1);
}

TEST_F(RemoteAsyncTest, JoinsABlockingQuestion) {
  absl::Notification asked, go_on;
  FakeFault slow;
  slow.first = [&] {
    asked.Notify();
    go_on.WaitForNotification();
  };
  signer_.faults().Next(FakeRpc::kChooseScheme, slow);
  std::thread blocking([&] {
    EXPECT_THAT(rsa_->ChooseScheme(LongContext(), {kPss256}), IsOk());
  });
  asked.WaitForNotification();
  Receiver<Choice> receiver;
  auto pending = rsa_->async()->StartChooseScheme(LongContext(), {kPss256},
                                                  receiver.Done());
  go_on.Notify();
  receiver.done.WaitForNotification();
  EXPECT_THAT(receiver.answer, IsOk());
  blocking.join();
  EXPECT_EQ(ChooseCalls(), 1);
}

TEST_F(RemoteAsyncTest, AShorterDeadlineThanTheAskersEndsTheWaiting) {
  absl::Notification asked, go_on;
  FakeFault slow;
  slow.first = [&] {
    asked.Notify();
    go_on.WaitForNotification();
  };
  signer_.faults().Next(FakeRpc::kChooseScheme, slow);
  Receiver<Choice> patient, hasty;
  auto first = rsa_->async()->StartChooseScheme(LongContext(), {kPss256},
                                                patient.Done());
  asked.WaitForNotification();
  SigningContext context = LongContext();
  context.deadline = absl::Now() + absl::Milliseconds(30);
  auto second =
      rsa_->async()->StartChooseScheme(context, {kPss256}, hasty.Done());
  hasty.done.WaitForNotification();
  EXPECT_THAT(hasty.answer, StatusIs(absl::StatusCode::kDeadlineExceeded));
  go_on.Notify();
  patient.done.WaitForNotification();
  EXPECT_THAT(patient.answer, IsOk());
}

TEST_F(RemoteAsyncTest, TheAnswerToAQuestionGivenUpIsKept) {
  absl::Notification asked, go_on;
  FakeFault slow;
  slow.first = [&] {
    asked.Notify();
    go_on.WaitForNotification();
  };
  signer_.faults().Next(FakeRpc::kChooseScheme, slow);
  auto given_up = rsa_->async()->StartChooseScheme(
      LongContext(), {kPss256}, [](const Choice&) { FAIL(); });
  asked.WaitForNotification();
  given_up.reset();
  go_on.Notify();
  EXPECT_THAT(rsa_->ChooseScheme(LongContext(), {kPss256}), IsOk());
  EXPECT_EQ(ChooseCalls(), 1);
}

TEST_F(RemoteAsyncTest, ASignatureUnderWayIsCancelled) {
  auto signer = NewSigner();
  signer_.faults().HoldSigns();
  auto pending = signer->async()->StartSign(Tls13Content(), Later(),
                                            [](const Signature&) { FAIL(); });
  signer_.faults().WaitForHeldSigns(1);
  pending.reset();
  signer_.faults().ReleaseSigns();
}

TEST_F(RemoteAsyncTest, ASlowSignatureEndsAtItsDeadline) {
  auto signer = NewSigner();
  signer_.faults().HoldSigns();
  Receiver<Signature> receiver;
  auto pending = signer->async()->StartSign(
      Tls13Content(), absl::Now() + absl::Milliseconds(100), receiver.Done());
  receiver.done.WaitForNotification();
  EXPECT_THAT(receiver.answer, StatusIs(absl::StatusCode::kDeadlineExceeded));
  signer_.faults().ReleaseSigns();
}

TEST_F(RemoteAsyncTest, ASignerThatRestartsFailsNothing) {
  auto signer = NewSigner();
  signer_.Stop();
  Receiver<Signature> receiver;
  auto pending =
      signer->async()->StartSign(Tls13Content(), Later(), receiver.Done());
  signer_.Start();
  receiver.done.WaitForNotification();
  EXPECT_THAT(receiver.answer, IsOk());
}

TEST_F(RemoteAsyncTest, CloseEndsWhatIsUnderWay) {
  auto signer = NewSigner();
  signer_.faults().HoldSigns();
  Receiver<Signature> receiver;
  auto pending =
      signer->async()->StartSign(Tls13Content(), Later(), receiver.Done());
  signer_.faults().WaitForHeldSigns(1);
  client_->Close();
  receiver.done.WaitForNotification();
  EXPECT_THAT(receiver.answer, StatusIs(absl::StatusCode::kCancelled));
  signer_.faults().ReleaseSigns();
}

TEST_F(RemoteAsyncTest, SpoiltSignaturesAreRefused) {
  auto signer = NewSigner();
  for (FakeDamage damage :
       {FakeDamage::kTruncated, FakeDamage::kEmpty, FakeDamage::kOtherScheme}) {
    signer_.DamageNextSignature(damage);
    Receiver<Signature> receiver;
    auto pending =
        signer->async()->StartSign(Tls13Content(), Later(), receiver.Done());
    receiver.done.WaitForNotification();
    EXPECT_THAT(receiver.answer, StatusIs(absl::StatusCode::kInternal));
  }
}

TEST_F(RemoteAsyncTest, TheLastHandleToEverythingMayGoInTheCallback) {
  auto key = KeyFor(TestKeyKind::kP256);
  auto options = signer_.ClientOptions();
  auto client = *SignerClient::Create(options);
  signer::v1::SignRequest request;
  request.set_spki_sha256(std::string(key->public_key().spki_sha256()));
  absl::Notification assigned, over;
  std::unique_ptr<Pending> pending;
  pending = client->StartSign(request, Later(), [&](const auto&) {
    assigned.WaitForNotification();
    pending.reset();
    client.reset();
    over.Notify();
  });
  assigned.Notify();
  over.WaitForNotification();
}

}  // namespace
}  // namespace keyhold
