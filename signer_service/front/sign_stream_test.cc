// SignStream over a real gRPC connection.
#include "signer_service/front/sign_stream.h"

#include <map>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/front/testing/rpc_error.h"
#include "signer_service/front/testing/stream_client.h"
#include "signer_service/front/testing/test_snapshot.h"

namespace keyhold {
namespace {

using signer::v1::SignBatchRequest;
using signer::v1::SignBatchResponse;
using signer::v1::SignRequest;
using signer::v1::SignResponse;
using testing::ElementsAre;

using SignStreamTest = SignStreamFixture;

TEST_P(SignStreamTest, EachItemHasItsOwnAnswer) {
  site_.Start();
  StreamClient client(Channel());
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
  StreamClient client(Channel());
  client.Send({Slow(1), Slow(2), Slow(3), Quick(4)});
  client.HalfClose();
  for (const auto& [id, answer] : client.ReadAnswers(4)) {
    EXPECT_FALSE(answer.has_status()) << id;
  }
  EXPECT_TRUE(client.Finish().ok());
}

TEST_P(SignStreamTest, WhatHasNotStartedIsCancelled) {
  site_.Start();
  StreamClient client(Channel());
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
  StreamClient client(Channel());
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

TEST_P(SignStreamTest, ThousandsOfItemsAreAllAnswered) {
  site_.Start();
  StreamClient client(Channel());
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
    StreamClient client(Channel());
    std::vector<SignRequest> items;
    for (uint64_t id = 1; id <= 64; ++id) items.push_back(Slow(id));
    client.Send(items);
    client.Read();  // the limits: the stream has begun
    client.context().TryCancel();
    EXPECT_EQ(client.Finish().error_code(), grpc::StatusCode::CANCELLED);
  }
  StreamClient other(Channel());
  other.Send({Quick(1)});
  EXPECT_FALSE(other.ReadAnswers(1)[1].has_status());
}

TEST_P(SignStreamTest, PolicyIsThatOfEachFrame) {
  site_.Start();
  StreamClient client(Channel());
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
  StreamClient client(Channel());
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
  StreamClient client(Channel());
  client.Read();  // the limits
  site_.Stop();
  EXPECT_EQ(CodeAndReason(client.Finish()), "UNAVAILABLE/DRAINING");
}

INSTANTIATE_TEST_SUITE_P(Transports, SignStreamTest, testing::Bool(),
                         TransportName);

}  // namespace
}  // namespace keyhold
