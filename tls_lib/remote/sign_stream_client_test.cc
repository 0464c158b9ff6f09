// What a SignerClient makes of a service that breaks the rules of SignStream.
#include "tls_lib/remote/sign_stream_client.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/raw_stream_server.h"
#include "tests/fakes/tcp_relay.h"
#include "tls_lib/remote/failover_fixture.h"

namespace keyhold {
namespace {

using signer::v1::SignBatchRequest;
using signer::v1::SignBatchResponse;
using ::testing::HasSubstr;

// Answers everything, in order.
grpc::Status Behave(RawStream& stream) {
  if (!stream.WriteLimits(64, 64)) return grpc::Status::OK;
  SignBatchRequest frame;
  while (stream.Read(frame)) {
    for (const auto& item : frame.items()) stream.WriteAnswer(item.id(), item);
  }
  return grpc::Status::OK;
}

std::shared_ptr<SignerClient> ClientOf(const RawStreamServer& server) {
  SignerClientOptions options;
  options.endpoints = {server.endpoint()};
  options.default_timeout = absl::Seconds(60);
  return *SignerClient::Create(options);
}

// The first stream does `fault` when its first item has come; later ones
// behave. The item is answered all the same.
void ExpectRecovery(
    const std::function<grpc::Status(RawStream&, const SignBatchRequest&)>&
        fault) {
  std::atomic<int> streams{0};
  RawStreamServer server([&](RawStream& stream, int number) {
    ++streams;
    if (number > 0) return Behave(stream);
    SignBatchRequest frame;
    if (!stream.WriteLimits(64, 64) || !stream.Read(frame)) {
      return grpc::Status::OK;
    }
    return fault(stream, frame);
  });
  auto client = ClientOf(server);
  EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  EXPECT_EQ(streams, 2);
}

grpc::Status WaitForTheEnd(RawStream& stream) {
  SignBatchRequest frame;
  while (stream.Read(frame)) {
  }
  return grpc::Status::OK;
}

TEST(SignStreamClientTest, AFrameThatIsNone) {
  ExpectRecovery([](RawStream& stream, const SignBatchRequest&) {
    stream.WriteBytes("\xff\xff\xff\xff no frame");
    return WaitForTheEnd(stream);
  });
}

TEST(SignStreamClientTest, AnAnswerToWhatWasNeverAsked) {
  ExpectRecovery([](RawStream& stream, const SignBatchRequest& frame) {
    stream.WriteAnswer(frame.items(0).id() + 1000, frame.items(0));
    return WaitForTheEnd(stream);
  });
  ExpectRecovery([](RawStream& stream, const SignBatchRequest& frame) {
    stream.WriteAnswer(0, frame.items(0));
    return WaitForTheEnd(stream);
  });
}

TEST(SignStreamClientTest, LimitsInTheMiddle) {
  ExpectRecovery([](RawStream& stream, const SignBatchRequest&) {
    stream.WriteLimits(1, 1);
    return WaitForTheEnd(stream);
  });
}

TEST(SignStreamClientTest, TheStreamEndsUnderAnItem) {
  for (const grpc::Status& status :
       {grpc::Status::OK,
        grpc::Status(grpc::StatusCode::UNAVAILABLE, "draining"),
        grpc::Status(grpc::StatusCode::INTERNAL, "a bug"),
        grpc::Status(grpc::StatusCode::UNKNOWN, "an exception")}) {
    ExpectRecovery([&](RawStream&, const SignBatchRequest&) { return status; });
  }
}

TEST(SignStreamClientTest, NoLimitsAtTheBeginning) {
  RawStreamServer server([](RawStream& stream, int number) {
    if (number > 0) return Behave(stream);
    stream.Write(SignBatchResponse());
    return WaitForTheEnd(stream);
  });
  EXPECT_THAT(ClientOf(server)->Sign(FailoverRequest()), IsOk());
}

TEST(SignStreamClientTest, AnAnswerTwiceIsHeardOnce) {
  RawStreamServer server([](RawStream& stream, int) {
    stream.WriteLimits(64, 64);
    SignBatchRequest frame;
    while (stream.Read(frame)) {
      for (const auto& item : frame.items()) {
        stream.WriteAnswer(item.id(), item);
        stream.WriteAnswer(item.id(), item);
      }
    }
    return grpc::Status::OK;
  });
  auto client = ClientOf(server);
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  }
}

TEST(SignStreamClientTest, ARefusalOfTheStreamItselfIsFinal) {
  RawStreamServer server([](RawStream&, int) {
    return grpc::Status(grpc::StatusCode::UNAUTHENTICATED, "who are you?");
  });
  EXPECT_THAT(
      ClientOf(server)->Sign(FailoverRequest(), absl::Now() + absl::Hours(1)),
      StatusIs(absl::StatusCode::kUnauthenticated,
               testing::AllOf(HasSubstr("who are you?"),
                              HasSubstr("Sign with key"))));
}

TEST(SignStreamClientTest, WhatAStreamLostGoesElsewhereAtOnce) {
  absl::Mutex mutex;
  std::vector<std::string> lost, made;
  RawStreamServer breaks([&](RawStream& stream, int) {
    stream.WriteLimits(64, 64);
    SignBatchRequest frame;
    if (stream.Read(frame)) {
      absl::MutexLock lock(&mutex);
      lost.push_back(frame.items(0).request_id());
    }
    return grpc::Status(grpc::StatusCode::UNAVAILABLE, "gone");
  });
  RawStreamServer behaves([&](RawStream& stream, int) {
    stream.WriteLimits(64, 64);
    SignBatchRequest frame;
    while (stream.Read(frame)) {
      {
        absl::MutexLock lock(&mutex);
        made.push_back(frame.items(0).request_id());
      }
      stream.WriteAnswer(frame.items(0).id(), frame.items(0));
    }
    return grpc::Status::OK;
  });
  SignerClientOptions options;
  options.endpoints = {breaks.endpoint(), behaves.endpoint()};
  auto client = *SignerClient::Create(options);
  const auto lost_count = [&] {
    absl::MutexLock lock(&mutex);
    return lost.size();
  };
  while (lost_count() < 5) {
    EXPECT_THAT(
        client->Sign(FailoverRequest(), absl::Now() + absl::Hours(1)), IsOk());
  }
  absl::MutexLock lock(&mutex);
  // The same request, as the logs of both should show.
  for (const std::string& id : lost) EXPECT_THAT(made, testing::Contains(id));
}

TEST(SignStreamClientTest, LoweredLimitsAreKeptTo) {
  std::atomic<bool> exceeded{false};
  RawStreamServer server([&](RawStream& stream, int) {
    stream.WriteLimits(3, 2);
    SignBatchRequest frame;
    std::vector<signer::v1::SignRequest> waiting;
    while (stream.Read(frame)) {
      if (frame.items_size() > 2) exceeded = true;
      for (const auto& item : frame.items()) waiting.push_back(item);
      if (waiting.size() > 3) exceeded = true;
      // The last first.
      for (auto item = waiting.rbegin(); item != waiting.rend(); ++item) {
        stream.WriteAnswer(item->id(), *item);
      }
      waiting.clear();
    }
    return grpc::Status::OK;
  });
  auto client = ClientOf(server);
  std::vector<std::unique_ptr<StartedSign>> started;
  for (int i = 0; i < 100; ++i) started.push_back(StartSignWith(*client));
  for (auto& each : started) EXPECT_THAT(each->Wait(), IsOk());
  EXPECT_FALSE(exceeded);
}

TEST(SignStreamClientTest, WhatIsQueuedBehindASlowReaderTravelsTogether) {
  absl::Notification queued;
  std::atomic<int> most{0};
  RawStreamServer server([&](RawStream& stream, int) {
    stream.WriteLimits(1000, 64);
    queued.WaitForNotification();
    SignBatchRequest frame;
    while (stream.Read(frame)) {
      most = std::max(most.load(), frame.items_size());
      for (const auto& item : frame.items()) {
        stream.WriteAnswer(item.id(), item);
      }
    }
    return grpc::Status::OK;
  });
  auto client = ClientOf(server);
  std::vector<std::unique_ptr<StartedSign>> started;
  // These fill what HTTP/2 lets a sender have unread.
  for (int i = 0; i < 400; ++i) {
    auto request = FailoverRequest();
    request.set_message(std::string(20000, 'm'));
    auto sign = std::make_unique<StartedSign>();
    sign->pending = client->StartSign(
        request, absl::Now() + absl::Seconds(60),
        [raw = sign.get()](absl::StatusOr<signer::v1::SignResponse> answer) {
          raw->answer = std::move(answer);
          raw->done.Notify();
        });
    started.push_back(std::move(sign));
  }
  for (int i = 0; i < 200; ++i) started.push_back(StartSignWith(*client));
  queued.Notify();
  for (auto& each : started) EXPECT_THAT(each->Wait(), IsOk());
  EXPECT_GT(most, 1);
  EXPECT_LE(most, 64);
}

TEST(SignStreamClientTest, AConnectionCutInTheMiddleOfAFrame) {
  FakeKey key;
  key.id = "www";
  key.pem = TestKeyPem(TestKeyKind::kP256);
  FakeSigner signer({key});
  TcpRelay relay(signer.endpoint());
  SignerClientOptions options = signer.ClientOptions();
  options.endpoints = {relay.endpoint()};
  auto client = *SignerClient::Create(options);
  EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  for (const size_t bytes : {1, 30, 100, 333}) {
    relay.CutAfter(bytes);
    std::vector<std::unique_ptr<StartedSign>> started;
    for (int i = 0; i < 20; ++i) started.push_back(StartSignWith(*client));
    for (auto& each : started) EXPECT_THAT(each->Wait(), IsOk());
  }
  EXPECT_EQ(relay.connections(), 5);
}

TEST(SignStreamClientTest, AConnectionThatStandsStillAndGoesOn) {
  FakeKey key;
  key.id = "www";
  key.pem = TestKeyPem(TestKeyKind::kP256);
  FakeSigner signer({key});
  TcpRelay relay(signer.endpoint());
  SignerClientOptions options = signer.ClientOptions();
  options.endpoints = {relay.endpoint()};
  auto client = *SignerClient::Create(options);
  EXPECT_THAT(client->Sign(FailoverRequest()), IsOk());
  relay.Freeze();
  EXPECT_THAT(
      client->Sign(FailoverRequest(), absl::Now() + absl::Milliseconds(100)),
      StatusIs(absl::StatusCode::kDeadlineExceeded,
               HasSubstr("no answer in time")));
  auto waiting = StartSignWith(*client);
  relay.Thaw();
  EXPECT_THAT(waiting->Wait(), IsOk());
}

}  // namespace
}  // namespace keyhold
