// The agent's life: start, reload, drain, restart; and its service manager.
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/unix_socket_file.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/local_client.h"
#include "tests/agent/sign_request.h"
#include "tests/agent/test_agent.h"
#include "tests/fakes/fake_signer.h"
#include "tests/fakes/test_folder.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/base/unique_fd.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr TestKeyKind kP256 = TestKeyKind::kP256;
const char kRefused[] = "PERMISSION_DENIED/LOCAL_CALLER_NOT_ALLOWED";

FakeKey Key() {
  FakeKey key;
  key.id = "www";
  key.pem = TestKeyPem(kP256);
  return key;
}

class AgentLifeTest : public testing::Test {
 protected:
  std::string Sign(LocalClient& client) {
    const auto answer = client.Sign(SignRequestFor(kP256, ++id_));
    return answer.has_value() ? CodeAndReason(*answer) : "disconnected";
  }

  FakeSigner signer_{{Key()}};
  TestAgent agent_{signer_.ClientOptions(), TestAgent::OwnRule()};
  uint64_t id_ = 0;
};

TEST_F(AgentLifeTest, DrainFinishesWhatIsOutstandingAndRefusesTheRest) {
  agent_.Start();
  LocalClient busy(agent_.socket_path());
  LocalClient idle(agent_.socket_path());
  ASSERT_TRUE(idle.Receive().has_value());
  signer_.faults().HoldSigns();
  ASSERT_TRUE(busy.Send(SignRequestFor(kP256, 1)));
  signer_.faults().WaitForHeldSigns(1);
  agent_.process().Signal(SIGTERM);
  EXPECT_TRUE(idle.WaitForEnd());
  EXPECT_FALSE(LocalClient(agent_.socket_path()).connected());
  EXPECT_FALSE(std::filesystem::exists(agent_.socket_path()));
  EXPECT_EQ(CodeAndReason(*busy.Sign(SignRequestFor(kP256, 2))),
            "UNAVAILABLE/DRAINING");
  signer_.faults().ReleaseSigns();
  EXPECT_EQ(CodeAndReason(*busy.ReceiveItem(1)), "OK");
  EXPECT_TRUE(busy.WaitForEnd());
  EXPECT_EQ(agent_.process().WaitForExit(), 0);
  agent_.WaitForLine({"\"event\":\"stop\""});
}

TEST_F(AgentLifeTest, DrainHasAnEnd) {
  agent_.SetMore("limits: {drain_ms: 50}");
  agent_.Start();
  LocalClient busy(agent_.socket_path());
  signer_.faults().HoldSigns();
  ASSERT_TRUE(busy.Send(SignRequestFor(kP256, 1)));
  signer_.faults().WaitForHeldSigns(1);
  EXPECT_EQ(agent_.Stop(), 0);
  agent_.WaitForLine({"drain_cut_short", "limits.drain_ms"});
  EXPECT_TRUE(busy.WaitForEnd());
  signer_.faults().ReleaseSigns();
}

TEST_F(AgentLifeTest, ReloadChangesWhatConnectionsThatStandMayDo) {
  agent_.Start();
  LocalClient client(agent_.socket_path());
  EXPECT_EQ(Sign(client), "OK");
  agent_.SetRules("[]");
  EXPECT_THAT(agent_.Reload(), HasSubstr("\"event\":\"reload\""));
  EXPECT_EQ(Sign(client), kRefused);
  agent_.SetRules(absl::StrCat("[{users: [", geteuid(), "], keys: [w*]}]"));
  EXPECT_THAT(agent_.Reload(), HasSubstr("\"rules\":1"));
  EXPECT_EQ(Sign(client), "OK");
  agent_.SetRules(absl::StrCat("[{users: [", geteuid(), "], keys: [mail]}]"));
  EXPECT_THAT(agent_.Reload(), HasSubstr("\"event\":\"reload\""));
  EXPECT_EQ(Sign(client), kRefused);
}

TEST_F(AgentLifeTest, ABadFileLeavesTheOldConfigurationInForce) {
  agent_.Start();
  LocalClient client(agent_.socket_path());
  agent_.SetRules("[{users: [no-such-user], keys: [www]}]");
  EXPECT_THAT(agent_.Reload(),
              testing::AllOf(HasSubstr("reload_failed"),
                             HasSubstr("no user \\\"no-such-user\\\"")));
  EXPECT_EQ(Sign(client), "OK");
  // TLS files are looked into as well.
  agent_.SetRules("[]");
  SignerClientOptions bad = signer_.ClientOptions();
  bad.tls->certificate_file = agent_.folder().Write("bad.crt", "garbage");
  agent_.SetSigner(bad);
  EXPECT_THAT(agent_.Reload(),
              testing::AllOf(HasSubstr("reload_failed"), HasSubstr("bad.crt")));
  EXPECT_EQ(Sign(client), "OK");
}

TEST_F(AgentLifeTest, ReloadTakesOtherSignersWhileOldOnesFinish) {
  agent_.Start();
  LocalClient client(agent_.socket_path());
  signer_.faults().HoldSigns();
  ASSERT_TRUE(client.Send(SignRequestFor(kP256, 100)));
  signer_.faults().WaitForHeldSigns(1);
  FakeSigner other({Key()});
  agent_.SetSigner(other.ClientOptions());
  EXPECT_THAT(agent_.Reload(), HasSubstr("\"event\":\"reload\""));
  EXPECT_EQ(Sign(client), "OK");
  EXPECT_EQ(other.record().signs().size(), 1u);
  signer_.faults().ReleaseSigns();
  EXPECT_EQ(CodeAndReason(*client.ReceiveItem(100)), "OK");
  EXPECT_EQ(agent_.Stop(), 0);
}

TEST_F(AgentLifeTest, OtherListenersTakeARestart) {
  agent_.Start();
  agent_.SetListen("listen: [{path: other.sock}]\n");
  EXPECT_THAT(agent_.Reload(), HasSubstr("\"event\":\"reload\""));
  agent_.WaitForLine({"restart_needed", "listen changed"});
}

TEST_F(AgentLifeTest, KilledAndStartedAgainOnTheSameSocket) {
  agent_.Start();
  agent_.Kill();
  EXPECT_TRUE(std::filesystem::exists(agent_.socket_path()));
  agent_.Start();
  LocalClient client(agent_.socket_path());
  EXPECT_EQ(Sign(client), "OK");
}

TEST_F(AgentLifeTest, ASecondAgentLeavesTheFirstAlone) {
  agent_.Start();
  LocalClient client(agent_.socket_path());
  TestAgent second(signer_.ClientOptions(), TestAgent::OwnRule());
  second.SetListen(
      absl::StrCat("listen: [{path: ", agent_.socket_path(), "}]\n"));
  EXPECT_EQ(second.Run(), 1);
  second.WaitForLine({"\"event\":\"failed\"", "another service answers there"});
  EXPECT_EQ(Sign(client), "OK");
}

TEST_F(AgentLifeTest, AbstractSockets) {
  const std::string name = absl::StrCat("keyhold-life-test-", getpid());
  agent_.SetListen(absl::StrCat("listen: [{abstract_name: ", name, "}]\n"));
  agent_.Start();
  agent_.WaitForLine({"config_warning", "whoever starts first has its name"});
  agent_.WaitForLine({"ready", absl::StrCat("\"abstract:", name, "\"")});
  LocalClient client("@" + name);
  EXPECT_EQ(Sign(client), "OK");
  // Somebody else has the name: that is said, and it ends.
  TestAgent second(signer_.ClientOptions(), TestAgent::OwnRule());
  second.SetListen(absl::StrCat("listen: [{abstract_name: ", name, "}]\n"));
  EXPECT_EQ(second.Run(), 1);
  second.WaitForLine({"failed", "somebody has this name already"});
}

TEST_F(AgentLifeTest, CheckVersionAndUsage) {
  EXPECT_EQ(agent_.Run({"--check"}), 0) << agent_.process().output();
  EXPECT_FALSE(std::filesystem::exists(agent_.socket_path()));
  EXPECT_EQ(agent_.Run({"--version"}), 0);
  EXPECT_THAT(agent_.WaitForLine({"keyhold-agent"}),
              StartsWith("keyhold-agent 0."));
  EXPECT_EQ(agent_.Run({"--no-such-option"}), 2);
  agent_.SetRules("[{users: [no-such-user], keys: [www]}]");
  EXPECT_EQ(agent_.Run({"--check"}), 1);
  agent_.WaitForLine({"failed", "agent.yaml:", "rules[0].users[0]: no user"});
}

TEST_F(AgentLifeTest, NoCoreDumpsAndNoTracing) {
  agent_.Start();
  const std::string proc = absl::StrCat("/proc/", agent_.process().pid());
  EXPECT_EQ(access((proc + "/mem").c_str(), R_OK), getuid() == 0 ? 0 : -1);
  std::string limits;
  FILE* file = std::fopen((proc + "/limits").c_str(), "r");
  if (file != nullptr) {
    char line[256];
    while (std::fgets(line, sizeof(line), file) != nullptr) {
      if (absl::string_view(line).find("core file") !=
          absl::string_view::npos) {
        limits = line;
      }
    }
    std::fclose(file);
    EXPECT_THAT(limits, testing::ContainsRegex("core file size +0 +0 "));
  }
}

// What a service manager is told, in order.
class Manager {
 public:
  Manager() {
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    folder_.PathOf("notify").copy(address.sun_path,
                                  sizeof(address.sun_path) - 1);
    EXPECT_EQ(bind(socket_.get(), reinterpret_cast<sockaddr*>(&address),
                   sizeof(address)),
              0);
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
  }
  ~Manager() { unsetenv("NOTIFY_SOCKET"); }

  std::string Next() const {
    char buffer[1000];
    const ssize_t size = recv(socket_.get(), buffer, sizeof(buffer), 0);
    return std::string(buffer, static_cast<size_t>(size < 0 ? 0 : size));
  }

 private:
  const TestFolder folder_;
  const UniqueFd socket_{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_F(AgentLifeTest, TellsTheServiceManager) {
  const Manager manager;
  agent_.Start();
  EXPECT_EQ(manager.Next(), "READY=1");
  agent_.Reload();
  EXPECT_THAT(manager.Next(), StartsWith("RELOADING=1\nMONOTONIC_USEC="));
  EXPECT_EQ(manager.Next(), "READY=1");
  EXPECT_EQ(agent_.Stop(), 0);
  EXPECT_EQ(manager.Next(), "STOPPING=1");
}

TEST_F(AgentLifeTest, TakesSocketsOfTheServiceManagerOverRestarts) {
  auto file = UnixSocketFile::Listen(agent_.folder().PathOf("handed.sock"), {});
  ASSERT_THAT(file, IsOk());
  // Without close-on-exec, for the program.
  const UniqueFd socket = file->TakeSocket();
  const UniqueFd handed(dup(socket.get()));
  agent_.SetPrefix({"/bin/bash", "-c",
                    absl::StrCat("exec 3<&", handed.get(),
                                 "; LISTEN_FDS=1 LISTEN_PID=$$ exec \"$@\""),
                    "bash"});
  agent_.Start();
  agent_.WaitForLine({"ready", "handed.sock\""});
  EXPECT_FALSE(std::filesystem::exists(agent_.socket_path()));
  LocalClient client(file->path());
  EXPECT_EQ(Sign(client), "OK");
  EXPECT_EQ(agent_.Stop(), 0);
  EXPECT_TRUE(std::filesystem::exists(file->path()));
  // Who comes meanwhile waits in the kernel's queue.
  LocalClient early(file->path());
  ASSERT_TRUE(early.Send(SignRequestFor(kP256, 1)));
  agent_.Start();
  EXPECT_EQ(CodeAndReason(*early.ReceiveItem(1)), "OK");
}

}  // namespace
}  // namespace keyhold
