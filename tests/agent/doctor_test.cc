// keyhold doctor on a host as it should be, and with one thing wrong at a
// time: the real openssl, provider, agent and signer.
#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/test_agent.h"
#include "tests/fakes/child_process.h"
#include "tests/fakes/real_signer.h"
#include "tests/fakes/test_folder.h"
#include "tls_lib/agent/client/key_file.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

FakeKey Key() {
  FakeKey key;
  key.id = "www";
  key.pem = TestKeyPem(TestKeyKind::kP256);
  return key;
}

class DoctorTest : public testing::Test {
 protected:
  DoctorTest() {
    agent_.Start();
    WriteConf(RunfilePath("tls_lib/provider/keyhold.so"));
    key_file_ = folder_.Write(
        "www.pem",
        *agent::EncodeKeyFilePem(
            {"www",
             *PublicKey::FromSpki(TestKeySpki(TestKeyKind::kP256)),
             {*agent::AgentAddress::Parse(agent_.socket_path()), geteuid()}}));
  }

  void WriteConf(const std::string& module) {
    conf_ = folder_.Write(
        "openssl.cnf",
        absl::StrCat("openssl_conf = init\n[init]\nproviders = list\n[list]\n"
                     "default = standard\nkeyhold = ours\n[standard]\n"
                     "activate = 1\n[ours]\nactivate = 1\nmodule = ",
                     module, "\n"));
  }
  // What it prints; its exit code is in exit_code_.
  std::string Examine(std::vector<std::string> more = {}) {
    std::vector<std::string> command = {RunfilePath("cli/keyhold"),
                                        "doctor",
                                        "--openssl-conf",
                                        conf_,
                                        "--key-file",
                                        key_file_};
    command.insert(command.end(), more.begin(), more.end());
    ChildProcess doctor(command);
    doctor.WaitForLine([](absl::string_view) { return false; });
    exit_code_ = doctor.WaitForExit();
    return doctor.output();
  }

  RealSigner signer_{{Key()}};
  TestAgent agent_{signer_.ClientOptions(), TestAgent::OwnRule()};
  const TestFolder folder_;
  std::string conf_;
  std::string key_file_;
  int exit_code_ = -1;
};

TEST_F(DoctorTest, AHostAsItShouldBe) {
  EXPECT_THAT(
      Examine(),
      AllOf(HasSubstr("good    openssl.cnf: "), HasSubstr("good    module: "),
            HasSubstr("good    providers: openssl loads the default provider "
                      "and keyhold"),
            HasSubstr("good    key file: "), HasSubstr("good    agent: "),
            HasSubstr("good    signature: a trial signature (TLS 1.3, server, "
                      "ecdsa_secp256r1_sha256) by key www verifies"),
            Not(HasSubstr("fault   "))));
  EXPECT_EQ(exit_code_, 0);
  EXPECT_THAT(Examine({"--json"}), HasSubstr("{\"good\": true, \"checks\": ["));
}

TEST_F(DoctorTest, TheModuleIsMissing) {
  WriteConf("/nonexistent/keyhold.so");
  EXPECT_THAT(Examine(),
              AllOf(HasSubstr("fault   module: /nonexistent/keyhold.so: No "
                              "such file"),
                    HasSubstr("DECODER routines::unsupported"),
                    HasSubstr("1 of 5 checks found a fault")));
  EXPECT_EQ(exit_code_, 1);
}

TEST_F(DoctorTest, TheModuleIsNone) {
  WriteConf(folder_.Write("keyhold.so", "garbage"));
  EXPECT_THAT(Examine(), HasSubstr("fault   providers: "));
  EXPECT_EQ(exit_code_, 1);
}

TEST_F(DoctorTest, TheAgentIsAway) {
  agent_.Stop();
  EXPECT_THAT(Examine(),
              AllOf(HasSubstr("fault   agent: "),
                    HasSubstr("-> start it (systemctl start keyhold-agent)"),
                    HasSubstr("unknown signature: not tried")));
  EXPECT_EQ(exit_code_, 1);
}

TEST_F(DoctorTest, TheAgentsPolicyDoesNotAllow) {
  agent_.SetRules("[]");
  agent_.Reload();
  EXPECT_THAT(Examine(), AllOf(HasSubstr("good    agent: "),
                               HasSubstr("fault   signature: "),
                               HasSubstr("-> add this user (uid ")));
  EXPECT_EQ(exit_code_, 1);
}

TEST_F(DoctorTest, TheSignersPolicyDoesNotAllow) {
  FakeRule rule;
  rule.keys = {"mail"};
  signer_.SetRules({rule});
  EXPECT_THAT(Examine(), AllOf(HasSubstr("fault   signature: "),
                               HasSubstr("`keyhold keys list`")));
  EXPECT_EQ(exit_code_, 1);
}

TEST_F(DoctorTest, TheSignerIsAway) {
  signer_.Stop();
  EXPECT_THAT(Examine({"--timeout", "1"}),
              AllOf(HasSubstr("fault   signature: "),
                    HasSubstr("-> is the signer running")));
  EXPECT_EQ(exit_code_, 1);
}

}  // namespace
}  // namespace keyhold
