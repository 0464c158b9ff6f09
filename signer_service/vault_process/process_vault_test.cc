// What the front sees when its vault is absent, ends, or does not answer. The
// other end of the socket is the test.
#include "signer_service/vault_process/process_vault.h"

#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/vault_process/packet_socket.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

SignJob TestJob(absl::Duration time_left = absl::Minutes(1)) {
  SignJob job;
  job.request.set_spki_sha256(std::string(32, 'k'));
  job.request.set_message("m");
  job.hop.received = absl::Now();
  job.hop.deadline = job.hop.received + time_left;
  return job;
}

// One job, and what became of it.
class Asked {
 public:
  Asked(Vault& vault, SignJob job) {
    std::vector<SignJob> jobs;
    jobs.push_back(std::move(job));
    vault.Sign(std::move(jobs), [this](std::vector<JobResult> results) {
      result_ = std::move(results[0].signature);
      answered_.Notify();
    });
  }
  const absl::StatusOr<std::string>& Await() {
    answered_.WaitForNotification();
    return result_;
  }
  bool answered() const { return answered_.HasBeenNotified(); }

 private:
  absl::StatusOr<std::string> result_;
  absl::Notification answered_;
};

class ProcessVaultTest : public testing::Test {
 protected:
  ProcessVaultTest() : vault_(ProcessVault::Options{1, 100}) {}

  // The vault's end of a new connection.
  std::unique_ptr<PacketSocket> Connect() {
    auto ends = *PacketSocket::MakePair();
    vault_.Attach(std::move(ends.first));
    return std::make_unique<PacketSocket>(std::move(ends.second));
  }

  std::vector<FramedJob> TakeFrame(PacketSocket& socket) {
    std::vector<char> buffer(kMaxPacketBytes);
    const auto packet =
        socket.Receive(absl::MakeSpan(buffer), PacketSocket::Wait::kYes);
    EXPECT_THAT(packet, IsOk());
    return *DecodeJobs(*packet);
  }

  void ExpectAway(Asked& asked) {
    EXPECT_THAT(asked.Await(), StatusIs(absl::StatusCode::kUnavailable));
    EXPECT_EQ(GetReason(asked.Await().status()), ErrorReason::kKeyBackendAway);
  }

  ProcessVault vault_;
};

TEST_F(ProcessVaultTest, BeforeTheFirstVaultItIsStarting) {
  Asked asked(vault_, TestJob());
  EXPECT_THAT(asked.Await(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_EQ(GetReason(asked.Await().status()), ErrorReason::kStarting);
  EXPECT_EQ(vault_.EngineName(KeyType::kRsa), "");
}

TEST_F(ProcessVaultTest, AnswersByTheirIds) {
  auto socket = Connect();
  Asked first(vault_, TestJob());
  Asked second(vault_, TestJob());
  const uint64_t first_id = TakeFrame(*socket)[0].id;
  const uint64_t second_id = TakeFrame(*socket)[0].id;
  ResultFrame frame;
  frame.frames_taken = 2;
  frame.results.push_back({second_id, std::string("2")});
  frame.results.push_back({first_id, std::string("1")});
  ASSERT_THAT(socket->Send(EncodeResults(frame), PacketSocket::Wait::kYes),
              IsOk());
  EXPECT_EQ(*first.Await(), "1");
  EXPECT_EQ(*second.Await(), "2");
}

TEST_F(ProcessVaultTest, WhatComesWhileTheVaultIsBusyLeavesTogether) {
  auto socket = Connect();
  std::vector<std::unique_ptr<Asked>> asked;
  for (int i = 0; i < 10; ++i) {
    asked.push_back(std::make_unique<Asked>(vault_, TestJob()));
  }
  ResultFrame taken;
  for (int i = 0; i < 3; ++i) {
    const std::vector<FramedJob> jobs = TakeFrame(*socket);
    ASSERT_EQ(jobs.size(), 1);
    taken.results.push_back({jobs[0].id, std::string("s")});
  }
  taken.frames_taken = 3;
  ASSERT_THAT(socket->Send(EncodeResults(taken), PacketSocket::Wait::kYes),
              IsOk());
  EXPECT_EQ(TakeFrame(*socket).size(), 7);
  socket->Shutdown();
  for (int i = 0; i < 10; ++i) {
    if (i < 3) {
      EXPECT_THAT(asked[i]->Await(), IsOk());
    } else {
      ExpectAway(*asked[i]);
    }
  }
}

TEST_F(ProcessVaultTest, TheVaultsEndAnswersWhatIsOutstanding) {
  auto socket = Connect();
  Asked asked(vault_, TestJob());
  TakeFrame(*socket);
  socket.reset();
  ExpectAway(asked);
  Asked later(vault_, TestJob());
  ExpectAway(later);
}

TEST_F(ProcessVaultTest, ANewVaultIsAskedInPlaceOfTheLast) {
  auto first = Connect();
  Asked asked(vault_, TestJob());
  TakeFrame(*first);
  auto second = Connect();
  ExpectAway(asked);
  Asked again(vault_, TestJob());
  ResultFrame frame;
  frame.results.push_back({TakeFrame(*second)[0].id, std::string("s")});
  ASSERT_THAT(second->Send(EncodeResults(frame), PacketSocket::Wait::kYes),
              IsOk());
  EXPECT_THAT(again.Await(), IsOk());
}

TEST_F(ProcessVaultTest, AVaultThatDoesNotAnswerIsNotWaitedForForEver) {
  auto socket = Connect();
  Asked patient(vault_, TestJob());
  Asked late(vault_, TestJob(-absl::Seconds(2)));
  ExpectAway(late);
  EXPECT_FALSE(patient.answered());
  socket->Shutdown();
  ExpectAway(patient);
}

TEST_F(ProcessVaultTest, NonsenseOfTheVaultEndsTheConnection) {
  auto socket = Connect();
  Asked asked(vault_, TestJob());
  ASSERT_THAT(socket->Send("\xff\xff", PacketSocket::Wait::kYes), IsOk());
  ExpectAway(asked);
}

TEST_F(ProcessVaultTest, ResultsThatNobodyAskedForAreIgnored) {
  auto socket = Connect();
  Asked asked(vault_, TestJob());
  const uint64_t id = TakeFrame(*socket)[0].id;
  ResultFrame frame;
  frame.frames_taken = 1000;
  frame.results.push_back({id + 1, std::string("x")});
  frame.results.push_back({12345, std::string("x")});
  frame.results.push_back({id, std::string("s")});
  frame.results.push_back({id, std::string("x")});
  ASSERT_THAT(socket->Send(EncodeResults(frame), PacketSocket::Wait::kYes),
              IsOk());
  EXPECT_EQ(*asked.Await(), "s");
}

TEST_F(ProcessVaultTest, TooLongAMessageNeverReachesTheVault) {
  auto socket = Connect();
  SignJob job = TestJob();
  job.request.set_message(std::string(101, 'm'));
  Asked asked(vault_, std::move(job));
  EXPECT_THAT(asked.Await(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       testing::HasSubstr("at most 100 bytes, got 101")));
}

TEST_F(ProcessVaultTest, KeysAreTheSupervisorsToReplace) {
  std::vector<KeyFile> files(1);
  EXPECT_THAT(vault_.ReplaceKeys(std::move(files))[0].status,
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       testing::HasSubstr("supervisor")));
}

}  // namespace
}  // namespace keyhold
