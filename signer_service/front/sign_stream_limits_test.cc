// What a SignStream does beyond its limits.
#include <map>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/front/stream_frame.h"
#include "signer_service/front/testing/rpc_error.h"
#include "signer_service/front/testing/stream_client.h"

namespace keyhold {
namespace {

using signer::v1::SignBatchRequest;
using signer::v1::SignBatchResponse;
using signer::v1::SignRequest;
using signer::v1::SignResponse;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

using SignStreamLimitsTest = SignStreamFixture;

TEST_P(SignStreamLimitsTest, FirstFrameStatesTheLimitsAndOnlyIt) {
  site_.Start();
  StreamClient client(Channel());
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

TEST_P(SignStreamLimitsTest, BeyondTheItemsInFlightTheItemIsRefused) {
  Configure("limits: {max_items_in_flight: 3}\n");
  site_.Start();
  StreamClient client(Channel());
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

TEST_P(SignStreamLimitsTest, BeyondTheBytesInFlightTheItemIsRefused) {
  site_.Start();
  StreamClient client(Channel());
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

TEST_P(SignStreamLimitsTest, BeyondTheItemsOfAFrameTheItemIsRefused) {
  Configure("limits: {max_items_per_frame: 2}\n");
  site_.Start();
  StreamClient client(Channel());
  client.Send({Quick(1), Quick(2), Quick(3)});
  std::map<uint64_t, SignResponse> answers = client.ReadAnswers(3);
  EXPECT_FALSE(answers[1].has_status());
  EXPECT_FALSE(answers[2].has_status());
  EXPECT_EQ(CodeAndReason(answers[3].status()),
            "RESOURCE_EXHAUSTED/FRAME_TOO_LARGE");
}

TEST_P(SignStreamLimitsTest, AnOversizeItemFailsAlone) {
  site_.Start();
  StreamClient client(Channel());
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

TEST_P(SignStreamLimitsTest, AFrameBeyondTheHardBoundEndsTheStream) {
  site_.Start();
  StreamClient client(Channel());
  SignRequest item = Quick(1);
  item.set_message(std::string(kHardFrameBytes, 'm'));
  client.Send({item});
  EXPECT_EQ(CodeAndReason(client.Finish()),
            "RESOURCE_EXHAUSTED/FRAME_TOO_LARGE");
}

TEST_P(SignStreamLimitsTest, AFrameOfCountlessItemsEndsTheStream) {
  site_.Start();
  StreamClient client(Channel());
  SignBatchRequest frame;
  for (int i = 0; i < 5000; ++i) frame.add_items();
  client.Send(frame);
  const grpc::Status status = client.Finish();
  EXPECT_EQ(CodeAndReason(status), "RESOURCE_EXHAUSTED/FRAME_TOO_LARGE");
  EXPECT_EQ(status.error_message(), "the frame has more than 4096 items");
}

INSTANTIATE_TEST_SUITE_P(Transports, SignStreamLimitsTest, testing::Bool(),
                         TransportName);

}  // namespace
}  // namespace keyhold
