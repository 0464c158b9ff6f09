// Signatures that wait in the vault: given up, too late, or at the service's
// end. An engine with a gate holds them up.
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "gtest/gtest.h"
#include "signer_service/engines/gated_engine.h"
#include "signer_service/front/testing/rpc_error.h"
#include "signer_service/front/testing/stream_client.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using signer::v1::SignBatchRequest;
using signer::v1::SignRequest;
using signer::v1::SignResponse;
using testing::AnyOf;

// Unary calls of one client.
class UnaryClient {
 public:
  explicit UnaryClient(const std::shared_ptr<grpc::Channel>& channel)
      : stub_(TestSite::Stub(channel)) {}

  // Starts a call: number 0, 1, …
  void Start(const SignRequest& request) {
    Call& call = calls_.emplace_back();
    call.context.set_deadline(std::chrono::system_clock::now() +
                              std::chrono::seconds(60));
    call.reader = stub_->AsyncSign(&call.context, request, &queue_);
    call.reader->Finish(&call.response, &call.status, &call);
  }
  void Cancel(size_t call) { calls_[call].context.TryCancel(); }
  // Waits for the end of all; code and reason of each.
  std::vector<std::string> AwaitAll() {
    void* tag;
    bool ok;
    while (ended_ < calls_.size() && queue_.Next(&tag, &ok)) ++ended_;
    std::vector<std::string> results;
    for (const Call& call : calls_) {
      results.push_back(call.status.error_code() == grpc::CANCELLED
                            ? "CANCELLED"
                            : CodeAndReason(call.status));
    }
    return results;
  }
  // One call from start to end, behind those that were started.
  grpc::Status Sign(const SignRequest& request) {
    grpc::ClientContext context;
    SignResponse response;
    return stub_->Sign(&context, request, &response);
  }

 private:
  struct Call {
    grpc::ClientContext context;
    std::unique_ptr<grpc::ClientAsyncResponseReader<SignResponse>> reader;
    SignResponse response;
    grpc::Status status;
  };

  std::unique_ptr<signer::v1::Signer::Stub> stub_;
  grpc::CompletionQueue queue_;
  std::deque<Call> calls_;
  size_t ended_ = 0;
};

InProcessVaultOptions Gated(std::shared_ptr<Gate> gate) {
  InProcessVaultOptions options;
  options.engines = GatedEngineTable(std::move(gate));
  options.slow_lane.threads = 1;
  return options;
}

class HeldUpTest : public SignStreamFixture {
 protected:
  HeldUpTest() : HeldUpTest(std::make_shared<Gate>()) {}
  ~HeldUpTest() override { gate_->Open(); }

  // What a client sent before has reached the service, and most likely the
  // vault.
  void Settle(UnaryClient& client) {
    for (int i = 0; i < 30; ++i) EXPECT_TRUE(client.Sign(Quick(1)).ok());
  }

  const std::shared_ptr<Gate> gate_;

 private:
  explicit HeldUpTest(std::shared_ptr<Gate> gate)
      : SignStreamFixture(Gated(gate)), gate_(gate) {}
};

TEST_P(HeldUpTest, CheapCallsGoOn) {
  site_.Start();
  UnaryClient client(Channel());
  client.Start(Slow(1));
  gate_->AwaitArrival();
  StreamClient stream(Channel());
  stream.Send({Slow(1), Quick(2)});
  EXPECT_FALSE(stream.ReadAnswers(1)[2].has_status());
  Settle(client);
  gate_->Open();
  EXPECT_FALSE(stream.ReadAnswers(1)[1].has_status());
  EXPECT_EQ(client.AwaitAll()[0], "OK");
}

TEST_P(HeldUpTest, ACallThatIsGivenUpIsNotSigned) {
  site_.Start();
  UnaryClient client(Channel());
  client.Start(Slow(1));
  gate_->AwaitArrival();
  client.Start(Slow(2));
  client.Start(Slow(3));
  Settle(client);
  client.Cancel(1);
  Settle(client);
  gate_->Open();
  EXPECT_THAT(client.AwaitAll(), testing::ElementsAre("OK", "CANCELLED", "OK"));
  EXPECT_EQ(gate_->asked(), 2u);
}

TEST_P(HeldUpTest, AnItemThatIsGivenUpIsNotSigned) {
  site_.Start();
  StreamClient client(Channel());
  client.Send({Slow(1)});
  gate_->AwaitArrival();
  client.Send({Slow(2), Slow(3), Quick(4)});
  client.ReadAnswers(1);  // of 4: the others are in the vault
  SignBatchRequest cancel;
  cancel.add_cancel_ids(2);
  client.Send(cancel);
  client.Send({Quick(5)});
  client.ReadAnswers(1);
  gate_->Open();
  std::map<uint64_t, SignResponse> answers = client.ReadAnswers(3);
  EXPECT_FALSE(answers[1].has_status());
  EXPECT_EQ(CodeAndReason(answers[2].status()), "CANCELLED/CANCELLED");
  EXPECT_FALSE(answers[3].has_status());
  EXPECT_EQ(gate_->asked(), 2u);
}

TEST_P(HeldUpTest, WhatIsTooLateWhenItsTurnComesIsNotSigned) {
  site_.Start();
  StreamClient client(Channel());
  client.Send({Slow(1)});
  gate_->AwaitArrival();
  const absl::Time start = absl::Now();
  SignRequest late = Slow(2);
  late.set_time_left_us(20'000);
  client.Send({late, Slow(3), Quick(4)});
  client.ReadAnswers(1);
  // The service's clock began after ours.
  const absl::Time passed = absl::Now() + absl::Milliseconds(20);
  while (absl::Now() <= std::max(passed, start)) std::this_thread::yield();
  gate_->Open();
  std::map<uint64_t, SignResponse> answers = client.ReadAnswers(3);
  EXPECT_EQ(CodeAndReason(answers[2].status()),
            "DEADLINE_EXCEEDED/DEADLINE_PASSED");
  EXPECT_FALSE(answers[3].has_status());
  EXPECT_EQ(gate_->asked(), 2u);
}

TEST_P(HeldUpTest, AStreamThatGoesAwayTakesWhatWaitsWithIt) {
  site_.Start();
  UnaryClient other(Channel());
  other.Start(Slow(1));
  gate_->AwaitArrival();
  {
    StreamClient client(Channel());
    client.Send({Slow(1), Slow(2), Quick(3)});
    client.ReadAnswers(1);
    client.context().TryCancel();
    client.Finish();
  }
  Settle(other);
  gate_->Open();
  EXPECT_EQ(other.AwaitAll()[0], "OK");
  // What the service had learnt of by then was not signed.
  EXPECT_LE(gate_->asked(), 3u);
  EXPECT_TRUE(other.Sign(Slow(9)).ok());
}

TEST_P(HeldUpTest, TheDrainAnswersWhatWaits) {
  site_.Start();
  UnaryClient client(Channel());
  for (int i = 0; i < 12; ++i) client.Start(Slow(1));
  gate_->AwaitArrival();
  Settle(client);
  std::thread drain([&] { site_.Stop(); });
  site_.log().WaitFor({"\"event\":\"drain\""});
  gate_->Open();
  for (const std::string& result : client.AwaitAll()) EXPECT_EQ(result, "OK");
  drain.join();
}

TEST_P(HeldUpTest, TheDrainsTimeEndsWhatWaitsStill) {
  Configure("limits: {drain_ms: 50}\n");
  site_.Start();
  UnaryClient client(Channel());
  for (int i = 0; i < 12; ++i) client.Start(Slow(1));
  gate_->AwaitArrival();
  Settle(client);
  std::thread drain([&] { site_.Stop(); });
  // The clients' calls end although nothing has been signed; the service's end
  // waits for what the vault has.
  for (const std::string& result : client.AwaitAll()) {
    EXPECT_THAT(result, AnyOf("CANCELLED", "UNAVAILABLE"));
  }
  gate_->Open();
  drain.join();
  // Of what waited behind the first nothing was signed.
  EXPECT_EQ(gate_->asked(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Transports, HeldUpTest, testing::Bool(),
                         TransportName);

}  // namespace
}  // namespace keyhold
