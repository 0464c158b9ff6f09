// Several local users. Runs outside of Bazel's sandbox, in which only one user
// exists. As root it becomes other users; as anybody else it can only be
// itself, and sees what that user sees.
#include <unistd.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/connect_as.h"
#include "daemon/unix_peer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/agent/local_client.h"
#include "tests/agent/sign_request.h"
#include "tests/agent/test_agent.h"
#include "tests/fakes/fake_signer.h"

namespace keyhold {
namespace {

namespace v1 = signer::v1;
using ::testing::HasSubstr;

constexpr uid_t kWeb = 2001;
constexpr uid_t kMail = 2002;
constexpr uid_t kStranger = 2003;
constexpr gid_t kShopGroup = 3001;

FakeKey Key(const std::string& id, int index) {
  FakeKey key;
  key.id = id;
  key.pem = TestKeyPem(TestKeyKind::kP256, index);
  return key;
}

class AgentUsersTest : public testing::Test {
 protected:
  AgentUsersTest() {
    agent_.SetRules(absl::StrCat(
        "\n- {users: [", kWeb, "], keys: [www]}\n- {users: [", kMail,
        "], keys: ['mail*']}\n- {groups: [", kShopGroup, "], keys: [shop]}\n"));
    agent_.Start();
  }

  // The answer to a request for the key of this index, as that user.
  v1::SignResponse SignAs(uid_t uid, gid_t gid, int index) {
    LocalClient client(ConnectAs(uid, agent_.socket_path(), gid));
    EXPECT_TRUE(client.connected());
    client.Send(SignRequestFor(TestKeyKind::kP256, 1, index));
    const auto first = client.Receive();
    if (!first.has_value()) return {};
    if (first->items_size() == 1) return first->items(0);
    return client.ReceiveItem(1).value_or(v1::SignResponse());
  }
  std::string AnswerTo(uid_t uid, gid_t gid, int index) {
    return CodeAndReason(SignAs(uid, gid, index));
  }

  FakeSigner signer_{{Key("www", 1), Key("mail-1", 2), Key("shop", 3)}};
  TestAgent agent_{signer_.ClientOptions(), ""};
};

TEST_F(AgentUsersTest, EachUsesTheKeysOfItsRulesAndNoOthers) {
  if (getuid() != 0) return;
  EXPECT_EQ(AnswerTo(kWeb, kWeb, 1), "OK");
  EXPECT_EQ(AnswerTo(kMail, kMail, 2), "OK");
  EXPECT_EQ(AnswerTo(kStranger, kShopGroup, 3), "OK");
  EXPECT_EQ(AnswerTo(kWeb, kShopGroup, 3), "OK");
  EXPECT_EQ(AnswerTo(kWeb, kShopGroup, 1), "OK");
  const std::string refused = "PERMISSION_DENIED/LOCAL_CALLER_NOT_ALLOWED";
  EXPECT_EQ(AnswerTo(kWeb, kWeb, 2), refused);
  EXPECT_EQ(AnswerTo(kWeb, kWeb, 3), refused);
  EXPECT_EQ(AnswerTo(kMail, kMail, 1), refused);
  EXPECT_EQ(AnswerTo(kStranger, kShopGroup, 1), refused);
  EXPECT_EQ(signer_.record().signs().size(), 5u)
      << "what is refused never reaches the signer";
}

TEST_F(AgentUsersTest, AKeyOfOthersAndNoKeyAreOneAnswer) {
  if (getuid() != 0) return;
  const v1::SignResponse others = SignAs(kWeb, kWeb, 2);
  const v1::SignResponse none = SignAs(kWeb, kWeb, 99);
  EXPECT_EQ(CodeAndReason(none), "PERMISSION_DENIED/LOCAL_CALLER_NOT_ALLOWED");
  // Up to the hash, which the caller sent.
  const auto without_hash = [](const v1::SignResponse& answer) {
    const std::string& message = answer.status().message();
    return message.substr(0, message.find("the key ")) +
           message.substr(message.find(", or"));
  };
  EXPECT_EQ(without_hash(others), without_hash(none));
  EXPECT_THAT(without_hash(none),
              HasSubstr(absl::StrCat("no rule of agent.yaml lets uid ", kWeb)));
  agent_.WaitForLine({"\"event\":\"refused\"", absl::StrCat("\"uid\":", kWeb),
                      "spki_sha256", "PERMISSION_DENIED"});
}

TEST_F(AgentUsersTest, WhomNoRuleNamesIsToldSoAndDisconnected) {
  if (getuid() != 0) return;
  LocalClient client(ConnectAs(kStranger, agent_.socket_path(), kStranger));
  const auto refused = client.ReceiveItem(0);
  ASSERT_TRUE(refused.has_value());
  EXPECT_EQ(CodeAndReason(*refused),
            "PERMISSION_DENIED/LOCAL_CALLER_NOT_ALLOWED");
  EXPECT_THAT(refused->status().message(),
              HasSubstr("uid 2003 (gid 2003) may use no key of this agent; add "
                        "a rule to agent.yaml"));
  EXPECT_TRUE(client.WaitForEnd());
  agent_.WaitForLine({"connection_refused", "\"uid\":2003", "\"gid\":2003"});
  // Root is nobody special.
  LocalClient root(agent_.socket_path());
  EXPECT_EQ(CodeAndReason(*root.ReceiveItem(0)),
            "PERMISSION_DENIED/LOCAL_CALLER_NOT_ALLOWED");
}

TEST_F(AgentUsersTest, TheOverflowUserIsNobody) {
  if (getuid() != 0) return;
  agent_.SetRules("[{users: ['*'], keys: ['*']}]");
  ASSERT_THAT(agent_.Reload(), HasSubstr("\"event\":\"reload\""));
  EXPECT_EQ(AnswerTo(kStranger, kStranger, 1), "OK");
  EXPECT_EQ(AnswerTo(kOverflowId, kStranger, 1),
            "UNAUTHENTICATED/NO_CLIENT_IDENTITY");
  EXPECT_EQ(AnswerTo(kOverflowId, kOverflowId, 1),
            "UNAUTHENTICATED/NO_CLIENT_IDENTITY");
}

TEST_F(AgentUsersTest, TheSignerIsToldForWhomTheAgentAsks) {
  if (getuid() != 0) return;
  ASSERT_EQ(AnswerTo(kWeb, kShopGroup, 1), "OK");
  const auto signs = signer_.record().signs();
  ASSERT_EQ(signs.size(), 1u);
  EXPECT_EQ(signs[0].claimed_caller().uid(), kWeb);
  EXPECT_EQ(signs[0].claimed_caller().gid(), kShopGroup);
}

TEST_F(AgentUsersTest, AUserWhoTakesAllHisPlacesLeavesThoseOfOthers) {
  if (getuid() != 0) return;
  agent_.SetMore(
      "limits: {max_connections_per_user: 5, max_items_in_flight_per_user: 4}");
  ASSERT_THAT(agent_.Reload(), HasSubstr("\"event\":\"reload\""));
  std::vector<LocalClient> taken;
  signer_.faults().HoldSigns();
  for (uint64_t i = 0; i < 5; ++i) {
    taken.emplace_back(ConnectAs(kWeb, agent_.socket_path(), kWeb));
    taken.back().Send(SignRequestFor(TestKeyKind::kP256, 1, 1));
  }
  signer_.faults().WaitForHeldSigns(4);
  EXPECT_EQ(AnswerTo(kWeb, kWeb, 1), "RESOURCE_EXHAUSTED/TOO_MANY_IN_FLIGHT");
  signer_.faults().ReleaseSigns();
  EXPECT_EQ(AnswerTo(kMail, kMail, 2), "OK");
}

}  // namespace
}  // namespace keyhold
