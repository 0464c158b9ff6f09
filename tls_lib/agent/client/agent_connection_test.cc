#include "tls_lib/agent/client/agent_connection.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_agent.h"
#include "tests/fakes/test_folder.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/base/unique_fd.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold::agent {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

SteadyTime Soon() { return SteadyClock::now() + std::chrono::minutes(1); }

class AgentConnectionTest : public testing::Test {
 protected:
  AgentConnectionTest() {
    question_.time_left_us = 1000000;
    question_.spki_sha256 = std::string(
        PublicKey::FromSpki(TestKeySpki(TestKeyKind::kP256))->spki_sha256());
    question_.input = Tls13SignedContent{Role::kServer, std::string(32, 'h')};
  }

  TrustedAgent Trusted() const {
    return {*AgentAddress::Parse(agent_.address()), geteuid()};
  }
  std::unique_ptr<AgentConnection> Open() {
    auto connection = AgentConnection::Open(Trusted());
    EXPECT_THAT(connection, IsOk());
    return *std::move(connection);
  }
  absl::Status AskWith(AgentFault fault) {
    agent_.Inject(fault);
    return Open()->Ask(question_, wait_, Soon()).status();
  }

  TestFolder folder_;
  FakeAgent agent_{
      folder_.PathOf("agent.sock"),
      {{"www", "", TestKeyPem(TestKeyKind::kP256), "", {Role::kServer}, {}}}};
  SignQuestion question_;
  PollWait wait_;
};

TEST_F(AgentConnectionTest, CarriesOneQuestionAfterTheOther) {
  auto connection = Open();
  for (int i = 1; i <= 3; ++i) {
    auto answer = connection->Ask(question_, wait_, Soon());
    ASSERT_THAT(answer, IsOk());
    EXPECT_THAT(answer->status, IsOk());
    EXPECT_EQ(answer->id, i);
    EXPECT_EQ(answer->signature[0], 0x30);
  }
  EXPECT_EQ(agent_.connections(), 1);
}

TEST_F(AgentConnectionTest, TakesAnAnswerInPieces) {
  agent_.Inject(AgentFault::kSplitAnswer);
  EXPECT_THAT(Open()->Ask(question_, wait_, Soon()), IsOk());
}

TEST_F(AgentConnectionTest, AnErrorOfTheSignersIsAnAnswer) {
  question_.spki_sha256 = std::string(32, 'x');
  auto connection = Open();
  auto answer = connection->Ask(question_, wait_, Soon());
  ASSERT_THAT(answer, IsOk());
  EXPECT_EQ(answer->status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(connection->Ask(question_, wait_, Soon()), IsOk());
}

TEST_F(AgentConnectionTest, ALostConnectionIsAborted) {
  for (const AgentFault fault :
       {AgentFault::kClose, AgentFault::kCloseMidFrame}) {
    EXPECT_THAT(AskWith(fault),
                StatusIs(absl::StatusCode::kAborted,
                         HasSubstr("closed the connection without an answer")));
  }
}

TEST_F(AgentConnectionTest, WhatIsNoAnswerIsNoAgent) {
  const std::vector<std::pair<AgentFault, std::string>> faults = {
      {AgentFault::kOversizedLength, "a frame announces 262145 bytes"},
      {AgentFault::kZeroLength, "a frame announces 0 bytes"},
      {AgentFault::kGarbage, "SignBatchResponse is not well formed"},
      {AgentFault::kWrongId, "answers what nobody asked"},
      {AgentFault::kTwoAnswers, "several items"},
  };
  for (const auto& [fault, text] : faults) {
    EXPECT_THAT(AskWith(fault), StatusIs(absl::StatusCode::kInternal,
                                         AllOf(HasSubstr("is no keyhold-agent"),
                                               HasSubstr(text))));
  }
}

TEST_F(AgentConnectionTest, AnAnswerTooManyIsNeverTheNextOnes) {
  auto connection = Open();
  agent_.Inject(AgentFault::kExtraFrame);
  absl::Status status = connection->Ask(question_, wait_, Soon()).status();
  // Found at once, or where it stands in for the next answer.
  if (status.ok()) {
    status = connection->Ask(question_, wait_, Soon()).status();
  }
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kInternal,
                               HasSubstr("answers what nobody asked")));
}

TEST_F(AgentConnectionTest, WhoDoesNotGreetIsNoAgent) {
  agent_.set_greets(false);
  EXPECT_THAT(Open()->Ask(question_, wait_, Soon()),
              StatusIs(absl::StatusCode::kInternal, HasSubstr("greet")));
}

TEST_F(AgentConnectionTest, AnAgentThatHangsUpSaysWhy) {
  auto connection = Open();
  ASSERT_THAT(connection->Ask(question_, wait_, Soon()), IsOk());
  agent_.Inject(AgentFault::kHangUp);
  EXPECT_EQ(connection->Ask(question_, wait_, Soon()).status().code(),
            absl::StatusCode::kResourceExhausted);
}

TEST_F(AgentConnectionTest, ARefusalSaysWhy) {
  agent_.Refuse(absl::PermissionDeniedError("uid 33 may use no key"), 20);
  // Whether the question was sent before the door closed or not.
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(
        Open()->Ask(question_, wait_, Soon()),
        StatusIs(absl::StatusCode::kPermissionDenied, "uid 33 may use no key"));
  }
}

TEST_F(AgentConnectionTest, SilenceEndsAtTheDeadline) {
  agent_.Inject(AgentFault::kSilence);
  EXPECT_THAT(
      Open()->Ask(question_, wait_,
                  SteadyClock::now() + std::chrono::milliseconds(20)),
      StatusIs(absl::StatusCode::kDeadlineExceeded,
               HasSubstr("no answer in time from the keyhold-agent on /")));
}

TEST_F(AgentConnectionTest, NobodyListens) {
  agent_.Stop();
  EXPECT_THAT(
      AgentConnection::Open(Trusted()),
      StatusIs(absl::StatusCode::kUnavailable,
               AllOf(HasSubstr("no keyhold-agent listens on /"),
                     HasSubstr("No such file"), HasSubstr("is the service"))));
  folder_.Write("agent.sock", "no socket");
  EXPECT_THAT(AgentConnection::Open(Trusted()),
              StatusIs(absl::StatusCode::kUnavailable, HasSubstr("refused")));
}

// In a child in which this user has the number `uid`, or none it knows: 0 if
// opening a connection ends as `good` says.
int AsUser(const char* uid, const std::function<bool()>& good) {
  const pid_t child = fork();
  if (child == 0) {
    const std::string map = absl::StrCat(uid, " ", geteuid(), " 1");
    if (unshare(CLONE_NEWUSER) != 0) _exit(2);
    UniqueFd file(open("/proc/self/uid_map", O_WRONLY | O_CLOEXEC));
    if (uid[0] != '\0' && write(file.get(), map.data(), map.size()) !=
                              static_cast<ssize_t>(map.size())) {
      _exit(3);
    }
    _exit(good() ? 0 : 1);
  }
  int status = 0;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  return WEXITSTATUS(status);
}

TEST_F(AgentConnectionTest, TrustsRootAndWhomTheKeyFileNames) {
  const AgentAddress address = Trusted().address;
  EXPECT_EQ(AsUser("12345",
                   [&] {
                     return AgentConnection::Open({address, 12345}).ok();
                   }),
            0);
  EXPECT_EQ(AsUser("0",
                   [&] {
                     return AgentConnection::Open({address, {}}).ok();
                   }),
            0);
}

TEST_F(AgentConnectionTest, TrustsNobodyElse) {
  const AgentAddress address = Trusted().address;
  const auto refusal = [&](std::optional<uid_t> uid) {
    const absl::Status status = AgentConnection::Open({address, uid}).status();
    return status.code() == absl::StatusCode::kPermissionDenied
               ? std::string(status.message())
               : status.ToString();
  };
  EXPECT_EQ(AsUser("12345",
                   [&] {
                     return absl::StrContains(
                                refusal(std::nullopt),
                                "runs as uid 12345, but the key file trusts "
                                "root only") &&
                            absl::StrContains(
                                refusal(54321),
                                "trusts root and uid 54321; if that is your "
                                "keyhold-agent, write the key file again with "
                                "keyhold key-file --agent-uid 12345");
                   }),
            0);
}

TEST_F(AgentConnectionTest, NeverTrustsAUserWithoutANumber) {
  const AgentAddress address = Trusted().address;
  EXPECT_EQ(
      AsUser("",
             [&] {
               return absl::IsPermissionDenied(
                   AgentConnection::Open({address, kOverflowUid}).status());
             }),
      0);
}

TEST_F(AgentConnectionTest, IsNeverAStandardDescriptor) {
  const pid_t child = fork();
  if (child == 0) {
    for (int fd = 0; fd < 3; ++fd) close(fd);
    auto connection = AgentConnection::Open(Trusted());
    // Three are free still.
    const auto next = [] { return open("/dev/null", O_RDONLY); };
    _exit(connection.ok() && next() == 0 && next() == 1 && next() == 2 ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

TEST_F(AgentConnectionTest, LeavesAStrangersDescriptorAlone) {
  // The server closed everything, and opened something of its own.
  UniqueFd probe(dup(0));
  const int next = probe.get();
  probe.Reset();
  auto connection = Open();
  ASSERT_EQ(close(next), 0);  // the connection's
  UniqueFd strangers(dup(0));
  ASSERT_EQ(strangers.get(), next);
  EXPECT_FALSE(connection->IsIntact());
  connection.reset();
  EXPECT_GE(fcntl(strangers.get(), F_GETFD), 0);
}

}  // namespace
}  // namespace keyhold::agent
