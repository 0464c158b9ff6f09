#include "cli/doctor/agent_check.h"

#include <unistd.h>

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_agent.h"
#include "tests/fakes/test_folder.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class AgentCheckTest : public testing::Test {
 protected:
  static FakeKey Key(Role role) {
    FakeKey key;
    key.id = "www";
    key.pem = TestKeyPem(TestKeyKind::kP256);
    key.roles = {role};
    return key;
  }
  agent::KeyFile File(std::optional<uid_t> uid) const {
    return {"www",
            *PublicKey::FromSpki(TestKeySpki(TestKeyKind::kP256)),
            {*agent::AgentAddress::Parse(path_), uid}};
  }
  std::vector<Finding> Check() const {
    return CheckAgent(File(geteuid()), absl::Seconds(30));
  }

  const TestFolder folder_;
  const std::string path_ = folder_.PathOf("agent.sock");
};

TEST_F(AgentCheckTest, AGoodOne) {
  const FakeAgent agent(path_, {Key(Role::kServer)});
  const std::vector<Finding> findings = Check();
  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_EQ(findings[0].state, Finding::State::kGood) << findings[0].what;
  EXPECT_EQ(findings[1].state, Finding::State::kGood) << findings[1].what;
  EXPECT_THAT(findings[1].what,
              HasSubstr("(TLS 1.3, server, ecdsa_secp256r1_sha256) by key www "
                        "verifies"));
}

TEST_F(AgentCheckTest, AKeyOfAClient) {
  const FakeAgent agent(path_, {Key(Role::kClient)});
  const std::vector<Finding> findings = Check();
  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_THAT(findings[1].what, HasSubstr("(TLS 1.3, client, "));
}

TEST_F(AgentCheckTest, NobodyThere) {
  const std::vector<Finding> findings = Check();
  ASSERT_THAT(findings, SizeIs(2));
  EXPECT_EQ(findings[0].state, Finding::State::kFault);
  EXPECT_THAT(findings[0].advice, HasSubstr("systemctl start keyhold-agent"));
  EXPECT_EQ(findings[1].state, Finding::State::kUnknown);
}

TEST_F(AgentCheckTest, AnotherUserThanTheFileTrusts) {
  // Root is always trusted.
  if (geteuid() == 0) return;
  const FakeAgent agent(path_, {Key(Role::kServer)});
  const std::vector<Finding> findings =
      CheckAgent(File(geteuid() + 1), absl::Seconds(30));
  EXPECT_EQ(findings[0].state, Finding::State::kFault);
  EXPECT_THAT(findings[0].advice, HasSubstr("find out who listens there"));
}

TEST_F(AgentCheckTest, RefusalsSayWhatToDo) {
  // One to look, one to sign.
  constexpr int kConnections = 2;
  FakeAgent agent(path_, {Key(Role::kServer)});
  agent.Refuse(WithReason(absl::PermissionDeniedError("no rule for uid 33"),
                          ErrorReason::kLocalCallerNotAllowed),
               kConnections);
  std::vector<Finding> findings = Check();
  EXPECT_EQ(findings[0].state, Finding::State::kGood);
  EXPECT_THAT(findings[1].what, HasSubstr("no rule for uid 33"));
  EXPECT_THAT(findings[1].advice, HasSubstr("to a rule of agent.yaml"));
  agent.Refuse(absl::UnavailableError("signer.test:7443: away"), kConnections);
  findings = Check();
  EXPECT_THAT(findings[1].advice, HasSubstr("is the signer running"));
}

TEST_F(AgentCheckTest, AKeyThatTheSignerDoesNotHave) {
  FakeAgent agent(path_, {});
  const std::vector<Finding> findings = Check();
  EXPECT_EQ(findings[1].state, Finding::State::kFault);
  EXPECT_THAT(findings[1].advice, HasSubstr("`keyhold keys list`"));
}

TEST_F(AgentCheckTest, ASignatureThatDoesNotVerify) {
  FakeAgent agent(path_, {Key(Role::kServer)});
  agent.Inject(AgentFault::kBadSignature);
  const std::vector<Finding> findings = Check();
  EXPECT_EQ(findings[1].state, Finding::State::kFault);
  EXPECT_THAT(findings[1].what, HasSubstr("does not verify"));
  EXPECT_THAT(findings[1].advice, HasSubstr("out of service"));
}

}  // namespace
}  // namespace keyhold
