// A front that somebody has taken over: what it can do to the vault and to the
// keys. The test plays the front; a child of it confines itself as the front
// does, and tries.
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/process_hardening.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/process/capabilities.h"
#include "signer_service/process/landlock_rules.h"
#include "signer_service/process/seccomp_filter.h"
#include "signer_service/supervisor/vault_child.h"
#include "signer_service/vault/vault_test_input.h"
#include "signer_service/vault_process/frame_codec.h"
#include "signer_service/vault_process/packet_socket.h"
#include "signer_service/vault_process/process_vault.h"
#include "tests/fakes/child_process.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

processes::v1::VaultStart StartMessage() {
  processes::v1::VaultStart start;
  start.set_secure_heap_bytes(4 << 20);
  start.set_threads(2);
  start.set_max_message_bytes(65536);
  return start;
}

class HostileFrontTest : public testing::Test {
 protected:
  HostileFrontTest()
      : vault_(*VaultChild::Start(RunfilePath("signer_service/keyhold-vault"),
                                  StartMessage(), {}, nullptr)) {
    std::vector<KeyFile> files;
    files.push_back(TestKeyFile("www", TestKeyPem(TestKeyKind::kP256)));
    files[0].usage_ceiling = AllUsages();
    EXPECT_THAT(vault_.ReplaceKeys(std::move(files)), IsOk());
  }

  // A front that behaves, and its signature.
  void ExpectServes() {
    ProcessVault front(ProcessVault::Options{1, 65536});
    front.Attach(*vault_.ConnectFront());
    const PublicKey key = TestPublicKey(TestKeyKind::kP256);
    EXPECT_THAT(SignOne(front, Tls13Request(key, key.DefaultPreferences()[0],
                                            signer::v1::ROLE_SERVER)),
                IsOk());
  }

  // What the vault says of a front that sends `bytes`.
  void ExpectCutOff(const std::string& bytes) {
    PacketSocket socket(*vault_.ConnectFront());
    ASSERT_THAT(socket.Send(bytes, PacketSocket::Wait::kYes), IsOk());
    std::vector<char> buffer(kMaxPacketBytes);
    absl::Status status;
    while (status.ok()) {
      status = socket.Receive(absl::MakeSpan(buffer), PacketSocket::Wait::kYes)
                   .status();
    }
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kUnavailable));
  }

  VaultChild vault_;
};

// Runs `attempt` in a process confined as a front is. Its exit code.
int InConfinement(const std::string& forbidden,
                  const std::function<int()>& attempt) {
  const pid_t child = fork();
  if (child == 0) {
    const std::string root[] = {"/"};
    const std::string folders[] = {forbidden};
    AllowedFiles allowed;
    allowed.readable = root;
    allowed.forbidden = folders;
    const bool confined = HardenProcess().ok() &&
                          AllowOnlyFiles(allowed).ok() &&
                          KeepOnlyCapabilities({}).ok() && FilterFront().ok();
    _exit(confined ? attempt() : 99);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

TEST_F(HostileFrontTest, MalformedFramesCutItOffAndTheVaultSurvives) {
  std::string truncated;
  SignJob job;
  job.request.set_message("m");
  AppendJob(1, job, truncated);
  truncated.pop_back();
  for (const std::string& bytes :
       {std::string("\xff\xff\xff\xff"), std::string(1, '\0'),
        std::string(kMaxPacketBytes, 'x'), truncated}) {
    ExpectCutOff(bytes);
    ExpectServes();
  }
  EXPECT_TRUE(vault_.process().running());
}

TEST_F(HostileFrontTest, AFrontThatNeverReadsHoldsUpNobodyElse) {
  PacketSocket deaf(*vault_.ConnectFront());
  std::string frame;
  for (uint64_t id = 0; id < kMaxPacketJobs; ++id) {
    SignJob job;
    job.request.set_message(std::string(1000, 'm'));
    AppendJob(id, job, frame);
  }
  while (deaf.Send(frame, PacketSocket::Wait::kNo).ok()) {
  }
  ExpectServes();
}

TEST_F(HostileFrontTest, CannotReadTheVaultsMemoryOrTraceIt) {
  const pid_t vault = vault_.process().pid();
  EXPECT_EQ(InConfinement(
                "/nonexistent",
                [vault] {
                  char byte;
                  struct iovec here = {&byte, 1};
                  struct iovec there = {reinterpret_cast<void*>(0x400000), 1};
                  if (process_vm_readv(vault, &here, 1, &there, 1, 0) >= 0) {
                    return 1;
                  }
                  return errno == EPERM ? 0 : 2;
                }),
            0);
  const std::string memory = absl::StrCat("/proc/", vault, "/mem");
  EXPECT_EQ(InConfinement("/nonexistent",
                          [&memory] {
                            return open(memory.c_str(), O_RDONLY) >= 0 ? 1 : 0;
                          }),
            0);
  EXPECT_EQ(InConfinement("/nonexistent",
                          [vault] {
                            return ptrace(PTRACE_ATTACH, vault, nullptr,
                                          nullptr) == 0
                                       ? 1
                                       : 0;
                          }),
            0);
  ExpectServes();
}

TEST_F(HostileFrontTest, CannotOpenAKeyFileOrStartAProgram) {
  const std::string folder = absl::StrCat(testing::TempDir(), "/keys");
  mkdir(folder.c_str(), 0700);
  const std::string key = absl::StrCat(folder, "/www.key");
  std::ofstream(key) << "secret";
  const std::string beside = absl::StrCat(testing::TempDir(), "/beside");
  std::ofstream(beside) << "public";
  const auto open_it = [](const std::string& path) {
    return [&path] { return open(path.c_str(), O_RDONLY) >= 0 ? 1 : 0; };
  };
  EXPECT_EQ(InConfinement(folder, open_it(key)), 0);
  // Confined, but not blind.
  EXPECT_EQ(InConfinement(folder, open_it(beside)), 1);
  EXPECT_EQ(InConfinement(folder,
                          [] {
                            char name[] = "/bin/true";
                            char* const words[] = {name, nullptr};
                            execv(name, words);
                            return errno == EPERM ? 0 : 2;
                          }),
            0);
}

TEST_F(HostileFrontTest, TheVaultLeavesNoCore) {
  // Killed as a bug in it would.
  vault_.process().Signal(SIGSEGV);
  EXPECT_THAT(vault_.process().Reap(), testing::HasSubstr("signal 11"));
  EXPECT_NE(access("core", F_OK), 0);
}

}  // namespace
}  // namespace keyhold
