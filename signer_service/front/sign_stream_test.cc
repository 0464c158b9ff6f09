// SignStream over a real gRPC connection.
#include "signer_service/front/sign_stream.h"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "grpcpp/client_context.h"
#include "grpcpp/support/sync_stream.h"
#include "gtest/gtest.h"
#include "signer_service/front/testing/rpc_error.h"
#include "signer_service/front/testing/test_site.h"
#include "signer_service/front/testing/test_snapshot.h"
#include "tls_lib/core/public_key.h"

namespace keyhold {
namespace {

using signer::v1::SignBatchRequest;
using signer::v1::SignBatchResponse;
using signer::v1::SignRequest;
using signer::v1::SignResponse;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr uint32_t kRsaPssSha512 = 0x0806;

// A client's end of one stream.
class Client {
 public:
  explicit Client(std::shared_ptr<grpc::Channel> channel)
      : stub_(TestSite::Stub(channel)) {
    context_.set_deadline(std::chrono::system_clock::now() +
                          std::chrono::seconds(60));
    stream_ = stub_->SignStream(&context_);
  }

  bool Send(const SignBatchRequest& frame) { return stream_->Write(frame); }
  bool Send(const std::vector<SignRequest>& items) {
    SignBatchRequest frame;
    for (const SignRequest& item : items) *frame.add_items() = item;
    return Send(frame);
  }
  // The next frame; an empty one at the stream's end.
  SignBatchResponse Read() {
    SignBatchResponse frame;
    stream_->Read(&frame);
    return frame;
  }
  // Answers by id, until there are `count` or more.
  std::map<uint64_t, SignResponse> ReadAnswers(size_t count) {
    std::map<uint64_t, SignResponse> answers;
    SignBatchResponse frame;
    while (answers.size() < count && stream_->Read(&frame)) {
      for (SignResponse& item : *frame.mutable_items()) {
        answers[item.id()] = std::move(item);
      }
    }
    EXPECT_GE(answers.size(), count);
    return answers;
  }
  void HalfClose() { stream_->WritesDone(); }
  grpc::Status Finish() {
    SignBatchResponse rest;
    while (stream_->Read(&rest)) {
    }
    return stream_->Finish();
  }
  grpc::ClientContext& context() { return context_; }

 private:
  std::unique_ptr<signer::v1::Signer::Stub> stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<SignBatchRequest, SignBatchResponse>>
      stream_;
};

// Both transports: over TLS and over a UNIX socket.
class SignStreamTest : public testing::TestWithParam<bool> {
 protected:
  // One signing thread; a slow key, of RSA-4096, so that items queue up.
  SignStreamTest() {
    site_.WriteKey("keys/slow.key", TestKeyKind::kRsa4096);
    Configure("");
  }
  void Configure(const std::string& limits) {
    site_.WriteConfig(R"(
    - identities: ["*"]
      keys: [p256, slow]
      usages: [tls13_server, tls12_server, message]
)",
                      absl::StrCat("threads: 1\n", limits));
  }
  std::shared_ptr<grpc::Channel> Channel() {
    return GetParam() ? site_.AppChannel() : site_.UnixChannel();
  }

  static SignRequest Quick(uint64_t id) {
    SignRequest request = Tls13Request(TestSpkiSha256(TestKeyKind::kP256));
    request.set_id(id);
    return request;
  }
  static SignRequest Slow(uint64_t id) {
    SignRequest request = Tls13Request(TestSpkiSha256(TestKeyKind::kRsa4096));
    request.set_id(id);
    request.set_scheme(kRsaPssSha512);
    return request;
  }

  TestSite site_;
};

TEST_P(SignStreamTest, FirstFrameStatesTheLimitsAndOnlyIt) {
  site_.Start();
  Client client(Channel());
  const SignBatchResponse first = client.Read();
  EXPECT_EQ(first.limits().max_items_in_flight(), 1024u);
  EXPECT_EQ(first.limits().max_items_per_frame(), 64u);
  EXPECT_EQ(first.limits().max_frame_bytes(), 262144u);
  EXPECT_EQ(first.limits().max_message_bytes(), 65536u);
  EXPECT_EQ(first.limits().max_handshake_bytes(), 65536u);
  EXPECT_EQ(first.limits().max_time_us(), 10'000'000u);
  EXPECT_THAT(first.items(), IsEmpty());
  client.Send({Quick(1)});
  const SignBatchResponse second = client.Read();
  EXPECT_FALSE(second.has_limits());
  EXPECT_THAT(second.items(), SizeIs(1));
  client.HalfClose();
  EXPECT_TRUE(client.Finish().ok());
}

TEST_P(SignStreamTest, EachItemHasItsOwnAnswer) {
  site_.Start();
  Client client(Channel());
  SignRequest unknown = Quick(2);
  unknown.set_spki_sha256(std::string(32, 'x'));
  SignRequest broken = Quick(3);
  broken.clear_input();
  SignRequest late = Quick(4);
  late.set_time_left_us(0);
  SignRequest not_mine = Quick(5);
  not_mine.set_spki_sha256(TestSpkiSha256(TestKeyKind::kP384));
  client.Send({Quick(1), unknown, broken, late, not_mine, Quick(6)});
  std::map<uint64_t, SignResponse> answers = client.ReadAnswers(6);
  for (const uint64_t id : {1, 6}) {
    EXPECT_FALSE(answers[id].has_status());
    EXPECT_EQ(answers[id].scheme(), 0x0403u);
    EXPECT_FALSE(answers[id].signature().empty());
    EXPECT_EQ(answers[id].policy_version().size(), 16u);
  }
  EXPECT_EQ(CodeAndReason(answers[2].status()), "NOT_FOUND/KEY_NOT_FOUND");
  EXPECT_EQ(CodeAndReason(answers[3].status()),
            "INVALID_ARGUMENT/INVALID_REQUEST");
  EXPECT_EQ(CodeAndReason(answers[4].status()),
            "DEADLINE_EXCEEDED/DEADLINE_PASSED");
  EXPECT_EQ(ReadError(answers[5].status()), ReadError(answers[2].status()));
  for (const uint64_t id : {2, 3, 4, 5}) {
    EXPECT_EQ(answers[id].policy_version(), answers[1].policy_version());
    EXPECT_EQ(answers[id].signature(), "");
  }
  client.HalfClose();
  EXPECT_TRUE(client.Finish().ok());
}

TEST_P(SignStreamTest, HalfCloseLetsOutstandingItemsFinish) {
  site_.Start();
  Client client(Channel());
  client.Send({Slow(1), Slow(2), Slow(3), Quick(4)});
  client.HalfClose();
  for (const auto& [id, answer] : client.ReadAnswers(4)) {
    EXPECT_FALSE(answer.has_status()) << id;
  }
  EXPECT_TRUE(client.Finish().ok());
}

TEST_P(SignStreamTest, WhatHasNotStartedIsCancelled) {
  site_.Start();
  Client client(Channel());
  // More than a turn of slow ones, so that the rest waits.
  std::vector<SignRequest> items;
  for (uint64_t id = 1; id <= 40; ++id) items.push_back(Slow(id));
  client.Send(items);
  SignBatchRequest cancel;
  cancel.add_cancel_ids(40);
  cancel.add_cancel_ids(999);  // unknown: ignored
  client.Send(cancel);
  std::map<uint64_t, SignResponse> answers = client.ReadAnswers(40);
  EXPECT_EQ(CodeAndReason(answers[40].status()), "CANCELLED/CANCELLED");
  EXPECT_FALSE(answers[1].has_status());
  EXPECT_FALSE(answers[39].has_status());
  client.HalfClose();
  EXPECT_TRUE(client.Finish().ok());
}

TEST_P(SignStreamTest, AnIdThatIsOutstandingCannotBeUsedAgain) {
  site_.Start();
  Client client(Channel());
  client.Send({Slow(1), Quick(1), Quick(2)});
  std::vector<std::string> answers_of_1;
  int answers = 0;
  while (answers < 3) {
    const SignBatchResponse frame = client.Read();
    for (const SignResponse& item : frame.items()) {
      ++answers;
      if (item.id() == 1) {
        answers_of_1.push_back(item.has_status() ? item.status().message()
                                                 : "signed");
      }
    }
  }
  EXPECT_THAT(answers_of_1,
              ElementsAre("id: another item of this stream with the same id is "
                          "outstanding",
                          "signed"));
  // Once it is answered it may.
  client.Send({Quick(1)});
  EXPECT_FALSE(client.ReadAnswers(1)[1].has_status());
}

TEST_P(SignStreamTest, BeyondTheItemsInFlightTheItemIsRefused) {
  Configure("limits: {max_items_in_flight: 3}\n");
  site_.Start();
  Client client(Channel());
  client.Send({Slow(1), Slow(2), Slow(3), Quick(4)});
  std::map<uint64_t, SignResponse> answers = client.ReadAnswers(4);
  EXPECT_FALSE(answers[3].has_status());
  const RpcError error = ReadError(answers[4].status());
  EXPECT_EQ(CodeAndReason(answers[4].status()),
            "RESOURCE_EXHAUSTED/TOO_MANY_IN_FLIGHT");
  EXPECT_EQ(error.message, "at most 3 items may be outstanding on a stream");
  EXPECT_TRUE(error.has_retry_info);
  client.Send({Quick(4)});
  EXPECT_FALSE(client.ReadAnswers(1)[4].has_status());
}

TEST_P(SignStreamTest, BeyondTheBytesInFlightTheItemIsRefused) {
  site_.Start();
  Client client(Channel());
  // Nine million bytes, of what takes long to sign.
  std::vector<SignRequest> large(3, Slow(0));
  for (SignRequest& item : large) item.set_message(std::string(60'000, 'm'));
  uint64_t id = 0;
  for (int frame = 0; frame < 50; ++frame) {
    for (SignRequest& item : large) item.set_id(++id);
    client.Send(large);
  }
  std::map<uint64_t, SignResponse> answers = client.ReadAnswers(1);
  const SignResponse* refused = nullptr;
  while (refused == nullptr) {
    for (const auto& [answered, answer] : answers) {
      if (answer.has_status()) refused = &answer;
    }
    if (refused == nullptr) answers = client.ReadAnswers(1);
  }
  EXPECT_EQ(CodeAndReason(refused->status()),
            "RESOURCE_EXHAUSTED/TOO_MANY_IN_FLIGHT");
  EXPECT_EQ(refused->status().message(),
            "at most 8388608 bytes of items may be outstanding on a stream");
}

TEST_P(SignStreamTest, BeyondTheItemsOfAFrameTheItemIsRefused) {
  Configure("limits: {max_items_per_frame: 2}\n");
  site_.Start();
  Client client(Channel());
  client.Send({Quick(1), Quick(2), Quick(3)});
  std::map<uint64_t, SignResponse> answers = client.ReadAnswers(3);
  EXPECT_FALSE(answers[1].has_status());
  EXPECT_FALSE(answers[2].has_status());
  EXPECT_EQ(CodeAndReason(answers[3].status()),
            "RESOURCE_EXHAUSTED/FRAME_TOO_LARGE");
}

TEST_P(SignStreamTest, AnOversizeItemFailsAlone) {
  site_.Start();
  Client client(Channel());
  SignRequest huge = Quick(1);
  huge.set_message(std::string(300'000, 'm'));
  SignRequest large = Quick(2);
  large.set_message(std::string(65'537, 'm'));
  client.Send({huge, large, Quick(3)});
  std::map<uint64_t, SignResponse> answers = client.ReadAnswers(3);
  EXPECT_EQ(CodeAndReason(answers[1].status()),
            "RESOURCE_EXHAUSTED/FRAME_TOO_LARGE");
  EXPECT_THAT(answers[1].status().message(), HasSubstr("262144 bytes"));
  EXPECT_EQ(CodeAndReason(answers[2].status()),
            "RESOURCE_EXHAUSTED/FRAME_TOO_LARGE");
  EXPECT_EQ(answers[2].status().message(),
            "message: at most 65536 bytes are accepted, got 65537");
  EXPECT_FALSE(answers[3].has_status());
}

TEST_P(SignStreamTest, AFrameBeyondTheHardBoundEndsTheStream) {
  site_.Start();
  Client client(Channel());
  SignRequest item = Quick(1);
  item.set_message(std::string(kHardFrameBytes, 'm'));
  client.Send({item});
  EXPECT_EQ(CodeAndReason(client.Finish()),
            "RESOURCE_EXHAUSTED/FRAME_TOO_LARGE");
}

TEST_P(SignStreamTest, AFrameOfCountlessItemsEndsTheStream) {
  site_.Start();
  Client client(Channel());
  SignBatchRequest frame;
  for (int i = 0; i < 5000; ++i) frame.add_items();
  client.Send(frame);
  const grpc::Status status = client.Finish();
  EXPECT_EQ(CodeAndReason(status), "RESOURCE_EXHAUSTED/FRAME_TOO_LARGE");
  EXPECT_EQ(status.error_message(), "the frame has more than 4096 items");
}

TEST_P(SignStreamTest, ThousandsOfItemsAreAllAnswered) {
  site_.Start();
  Client client(Channel());
  constexpr uint64_t kCount = 2000;
  std::thread sender([&] {
    for (uint64_t id = 1; id <= kCount; id += 50) {
      std::vector<SignRequest> items;
      for (uint64_t i = id; i < id + 50; ++i) items.push_back(Quick(i));
      EXPECT_TRUE(client.Send(items));
    }
    client.HalfClose();
  });
  size_t signed_items = 0;
  for (const auto& [id, answer] : client.ReadAnswers(kCount)) {
    if (!answer.has_status()) {
      ++signed_items;
    } else {
      EXPECT_EQ(CodeAndReason(answer.status()),
                "RESOURCE_EXHAUSTED/TOO_MANY_IN_FLIGHT");
    }
  }
  EXPECT_GT(signed_items, 0u);
  sender.join();
  EXPECT_TRUE(client.Finish().ok());
}

TEST_P(SignStreamTest, AClientThatGoesAwayLeavesTheServiceWell) {
  site_.Start();
  {
    Client client(Channel());
    std::vector<SignRequest> items;
    for (uint64_t id = 1; id <= 64; ++id) items.push_back(Slow(id));
    client.Send(items);
    client.Read();  // the limits: the stream has begun
    client.context().TryCancel();
    EXPECT_EQ(client.Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  Client other(Channel());
  other.Send({Quick(1)});
  EXPECT_FALSE(other.ReadAnswers(1)[1].has_status());
}

TEST_P(SignStreamTest, PolicyIsThatOfEachFrame) {
  site_.Start();
  Client client(Channel());
  client.Send({Quick(1)});
  const std::string before = client.ReadAnswers(1)[1].policy_version();
  site_.WriteConfig("\n    - {identities: ['*'], keys: [slow]}\n",
                    "threads: 1\n");
  ASSERT_TRUE(site_.service().Reload().ok());
  client.Send({Quick(1)});
  const SignResponse after = client.ReadAnswers(1)[1];
  EXPECT_EQ(CodeAndReason(after.status()), "NOT_FOUND/KEY_NOT_FOUND");
  EXPECT_NE(after.policy_version(), before);
}

TEST_P(SignStreamTest, DrainingFinishesWhatWasAcceptedAndRefusesTheRest) {
  site_.Start();
  Client client(Channel());
  std::vector<SignRequest> items;
  for (uint64_t id = 1; id <= 64; ++id) items.push_back(Slow(id));
  client.Send(items);
  // The first answer: all of the frame was accepted by then.
  std::map<uint64_t, SignResponse> answers = client.ReadAnswers(1);
  std::thread drain([&] { site_.Stop(); });
  site_.log().WaitFor({"\"event\":\"drain\""});
  while (answers.size() < 64) {
    for (auto& [id, answer] : client.ReadAnswers(1)) answers[id] = answer;
  }
  for (const auto& [id, answer] : answers) {
    EXPECT_FALSE(answer.has_status()) << id;
  }
  EXPECT_EQ(CodeAndReason(client.Finish()), "UNAVAILABLE/DRAINING");
  drain.join();
}

TEST_P(SignStreamTest, AnIdleStreamEndsWhenTheServiceDrains) {
  site_.Start();
  Client client(Channel());
  client.Read();  // the limits
  site_.Stop();
  EXPECT_EQ(CodeAndReason(client.Finish()), "UNAVAILABLE/DRAINING");
}

INSTANTIATE_TEST_SUITE_P(Transports, SignStreamTest, testing::Bool(),
                         [](const testing::TestParamInfo<bool>& info) {
                           return info.param ? "Tls" : "Unix";
                         });

}  // namespace
}  // namespace keyhold
