// Local processes that do what they should not: each harms only itself.
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/open_file_limit.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/local_client.h"
#include "tests/agent/sign_request.h"
#include "tests/agent/test_agent.h"
#include "tests/fakes/fake_signer.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;
using ::testing::HasSubstr;

constexpr TestKeyKind kP256 = TestKeyKind::kP256;

class AgentHostileTest : public testing::Test {
 protected:
  AgentHostileTest() {
    FakeKey key;
    key.id = "www";
    key.pem = TestKeyPem(kP256);
    signer_.SetKeys({key});
  }

  void Start(const std::string& limits = "") {
    agent_.SetMore(limits.empty() ? "" : absl::StrCat("limits: ", limits));
    agent_.Start();
    good_.emplace(agent_.socket_path());
  }
  // After whatever a test does: who behaves is served.
  void TearDown() override {
    EXPECT_EQ(CodeAndReason(*good_->Sign(SignRequestFor(kP256, 4711))), "OK");
    EXPECT_EQ(agent_.Stop(), 0) << agent_.process().output();
  }

  // An item that the agent refuses by itself.
  static v1::SignRequest Refused(uint64_t id) {
    v1::SignRequest item = SignRequestFor(kP256, id);
    item.set_spki_sha256("short");
    return item;
  }

  FakeSigner signer_{std::vector<FakeKey>{}};
  TestAgent agent_{signer_.ClientOptions(), TestAgent::OwnRule()};
  std::optional<LocalClient> good_;
};

TEST_F(AgentHostileTest, MalformedFramesEndTheConnectionWithAReason) {
  Start();
  const std::string longer("\x00\x04\x00\x01", 4);
  for (const std::string& bytes :
       {std::string(4, '\0'), longer, std::string(4, '\xff'),
        std::string("GET / HTTP/1.1\r\n\r\n"),
        std::string("\x00\x00\x00\x03\xff\xff\xff", 7)}) {
    LocalClient client(agent_.socket_path());
    ASSERT_TRUE(client.SendBytes(bytes));
    const auto answer = client.ReceiveItem(0);
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(CodeAndReason(*answer), "INVALID_ARGUMENT/INVALID_REQUEST");
    EXPECT_THAT(answer->status().message(), HasSubstr("malformed frame: "));
    EXPECT_TRUE(client.WaitForEnd());
  }
  agent_.WaitForLine({"connection_closed", absl::StrCat("\"uid\":", geteuid()),
                      "malformed frame: is no SignBatchRequest"});
}

TEST_F(AgentHostileTest, TheLargestFrameIsTaken) {
  Start();
  LocalClient client(agent_.socket_path());
  v1::SignBatchRequest frame;
  *frame.add_items() = SignRequestFor(kP256, 1);
  frame.mutable_items(0)->set_message(std::string(kMaxFrameBytes, 'm'));
  while (frame.ByteSizeLong() > kMaxFrameBytes) {
    frame.mutable_items(0)->mutable_message()->pop_back();
  }
  ASSERT_EQ(frame.ByteSizeLong(), kMaxFrameBytes);
  ASSERT_TRUE(client.Send(frame));
  const auto answer = client.ReceiveItem(1);
  ASSERT_TRUE(answer.has_value());
  EXPECT_NE(CodeAndReason(*answer), "OK");
  EXPECT_EQ(CodeAndReason(*client.Sign(SignRequestFor(kP256, 2))), "OK");
}

TEST_F(AgentHostileTest, WhatIsBeyondALimitIsRefusedAloneAndTheRestServed) {
  Start("{max_items_in_flight: 80}");
  LocalClient client(agent_.socket_path());
  v1::SignBatchRequest frame;
  for (uint64_t id = 1; id <= 66; ++id) {
    *frame.add_items() = SignRequestFor(kP256, id);
  }
  ASSERT_TRUE(client.Send(frame));
  for (uint64_t id = 1; id <= 66; ++id) {
    const auto answer = client.ReceiveItem(id);
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(CodeAndReason(*answer),
              id <= 64 ? "OK" : "RESOURCE_EXHAUSTED/FRAME_TOO_LARGE");
  }
  EXPECT_EQ(CodeAndReason(*client.Sign(Refused(1))),
            "INVALID_ARGUMENT/INVALID_REQUEST");
  signer_.faults().HoldSigns();
  for (uint64_t id = 1; id <= 80; ++id) {
    ASSERT_TRUE(client.Send(SignRequestFor(kP256, id)));
  }
  const auto beyond = client.Sign(SignRequestFor(kP256, 81));
  EXPECT_EQ(CodeAndReason(*beyond), "RESOURCE_EXHAUSTED/TOO_MANY_IN_FLIGHT");
  EXPECT_THAT(beyond->status().message(),
              HasSubstr("this connection has 80 signatures outstanding"));
  signer_.faults().ReleaseSigns();
  for (uint64_t id = 1; id <= 80; ++id) {
    EXPECT_EQ(CodeAndReason(*client.ReceiveItem(id)), "OK");
  }
}

// Answering each would keep everybody else waiting.
TEST_F(AgentHostileTest, AFrameFullOfItemsIsAnsweredOnce) {
  Start();
  LocalClient client(agent_.socket_path());
  v1::SignBatchRequest frame;
  for (size_t i = 0; i < kMaxFrameBytes / 2; ++i) frame.add_items();
  ASSERT_TRUE(client.Send(frame));
  const auto answer = client.ReceiveItem(0);
  ASSERT_TRUE(answer.has_value());
  EXPECT_EQ(CodeAndReason(*answer), "RESOURCE_EXHAUSTED/FRAME_TOO_LARGE");
  EXPECT_FALSE(client.Receive().has_value());
}

TEST_F(AgentHostileTest, MoreThanGoesToTheSignerAtATime) {
  Start("{max_items_in_flight: 2000}");
  LocalClient client(agent_.socket_path());
  v1::SignBatchRequest frame;
  for (uint64_t id = 1; id <= 2000; ++id) {
    *frame.add_items() = SignRequestFor(kP256, id);
    if (frame.items_size() < 64 && id < 2000) continue;
    ASSERT_TRUE(client.Send(frame));
    frame.Clear();
  }
  for (uint64_t id = 1; id <= 2000; ++id) {
    EXPECT_EQ(CodeAndReason(*client.ReceiveItem(id)), "OK");
  }
}

TEST_F(AgentHostileTest, AnIdThatIsOutstandingIsNotTakenAgain) {
  Start();
  LocalClient client(agent_.socket_path());
  signer_.faults().HoldSigns();
  ASSERT_TRUE(client.Send(SignRequestFor(kP256, 1)));
  signer_.faults().WaitForHeldSigns(1);
  EXPECT_EQ(CodeAndReason(*client.Sign(SignRequestFor(kP256, 1))),
            "INVALID_ARGUMENT/INVALID_REQUEST");
  signer_.faults().ReleaseSigns();
  EXPECT_EQ(CodeAndReason(*client.ReceiveItem(1)), "OK");
}

TEST_F(AgentHostileTest, WhoDoesNotReadIsNotReadFromAndThenDisconnected) {
  Start("{stall_ms: 200}");
  LocalClient client(agent_.socket_path());
  v1::SignBatchRequest frame;
  for (uint64_t id = 1; id <= 64; ++id) *frame.add_items() = Refused(id);
  // Blocks when the agent reads no more, and ends when it has had enough.
  while (client.Send(frame)) {
  }
  agent_.WaitForLine({"connection_closed", "answers were not read for 200ms"});
}

TEST_F(AgentHostileTest, AFrameThatIsNeverWhole) {
  Start("{stall_ms: 100}");
  LocalClient client(agent_.socket_path());
  ASSERT_TRUE(client.SendBytes(std::string("\x00\x01", 2)));
  EXPECT_EQ(CodeAndReason(*client.ReceiveItem(0)), "DEADLINE_EXCEEDED");
  EXPECT_TRUE(client.WaitForEnd());
  agent_.WaitForLine({"connection_closed", "a frame was not whole after"});
}

TEST_F(AgentHostileTest, HalfFramesOfAUserTakeNoMoreThanHisBytes) {
  Start("{max_bytes_per_user: 1048576, stall_ms: 600000}");
  std::vector<LocalClient> clients;
  int closed = 0;
  for (int i = 0; i < 12; ++i) {
    clients.emplace_back(agent_.socket_path());
    // 262,144 bytes announced, 200,000 sent.
    clients.back().SendBytes(std::string("\x00\x04\x00\x00", 4) +
                             std::string(200000, 'x'));
  }
  // The agent has read them all when a connection after them is answered.
  LocalClient last(agent_.socket_path());
  ASSERT_TRUE(last.Receive().has_value());
  for (LocalClient& client : clients) {
    shutdown(client.fd(), SHUT_WR);
    const auto answer = client.ReceiveItem(0);
    if (!answer.has_value()) continue;
    ++closed;
    EXPECT_EQ(CodeAndReason(*answer), "RESOURCE_EXHAUSTED/TOO_MANY_IN_FLIGHT");
    EXPECT_THAT(answer->status().message(),
                HasSubstr("limits.max_bytes_per_user"));
  }
  EXPECT_GE(closed, 7) << "of 12 with 200,000 bytes and more";
}

TEST_F(AgentHostileTest, ConnectionsOfAUserAreCounted) {
  Start("{max_connections_per_user: 3}");
  LocalClient second(agent_.socket_path());
  ASSERT_TRUE(second.Receive().has_value());
  std::optional<LocalClient> third(agent_.socket_path());
  ASSERT_TRUE(third->Receive().has_value());
  LocalClient fourth(agent_.socket_path());
  const auto refused = fourth.ReceiveItem(0);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(CodeAndReason(*refused), "RESOURCE_EXHAUSTED/TOO_MANY_IN_FLIGHT");
  EXPECT_THAT(refused->status().message(),
              HasSubstr("limits.max_connections_per_user"));
  EXPECT_TRUE(fourth.WaitForEnd());
  agent_.WaitForLine({"connection_refused", "RESOURCE_EXHAUSTED"});
  third.reset();
  // The place is free as soon as the agent has seen that the third is gone.
  std::optional<v1::SignBatchResponse> first;
  do {
    first = LocalClient(agent_.socket_path()).Receive();
    ASSERT_TRUE(first.has_value());
  } while (!first->has_limits());
}

TEST_F(AgentHostileTest, AThousandConnections) {
  ASSERT_THAT(RaiseOpenFileLimit(), IsOk());
  Start();
  std::vector<LocalClient> clients;
  for (int i = 0; i < 1000; ++i) {
    clients.emplace_back(agent_.socket_path());
    ASSERT_TRUE(clients.back().connected()) << i;
    ASSERT_TRUE(clients.back().Send(SignRequestFor(kP256, 1)));
  }
  for (LocalClient& client : clients) {
    EXPECT_EQ(CodeAndReason(*client.ReceiveItem(1)), "OK");
  }
}

TEST_F(AgentHostileTest, FewOpenFilesMeanFewConnections) {
  agent_.SetPrefix({"/usr/bin/prlimit", "--nofile=200:200"});
  Start();
  std::vector<LocalClient> clients;
  int served = 0;
  for (int i = 0; i < 150; ++i) {
    clients.emplace_back(agent_.socket_path());
    const auto first = clients.back().Receive();
    ASSERT_TRUE(first.has_value());
    served += first->has_limits() ? 1 : 0;
  }
  EXPECT_EQ(served, 200 - 128 - 1) << "and one is the fixture's";
}

}  // namespace
}  // namespace keyhold
