#include "tls_lib/agent/agent_settings.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/test_folder.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class AgentSettingsTest : public testing::Test {
 protected:
  AgentSettingsTest() {
    for (const char* name : {"agent.crt", "agent.key", "ca.crt"}) {
      folder_.Write(name, "text");
    }
  }

  absl::StatusOr<AgentSettings> Parse(const std::string& yaml) const {
    return AgentSettings::Parse(folder_.PathOf("agent.yaml"), yaml);
  }
  // With a signer, and `more`.
  absl::StatusOr<AgentSettings> ParseWithSigner(const std::string& more) const {
    return Parse(
        absl::StrCat("signer: {endpoints: ['a.test:7443', 'b.test:7443'], "
                     "certificate_file: agent.crt, private_key_file: "
                     "agent.key, ca_file: ca.crt}\n",
                     more));
  }
  std::string FaultOf(const std::string& more) const {
    const auto settings = ParseWithSigner(more);
    EXPECT_EQ(settings.status().code(), absl::StatusCode::kInvalidArgument);
    return std::string(settings.status().message());
  }

  const TestFolder folder_;
};

TEST_F(AgentSettingsTest, Defaults) {
  const auto settings = ParseWithSigner("rules: []");
  ASSERT_THAT(settings, IsOk());
  ASSERT_EQ(settings->listeners().size(), 1u);
  EXPECT_EQ(settings->listeners()[0].path, "/run/keyhold/agent.sock");
  EXPECT_EQ(settings->listeners()[0].abstract_name, "");
  EXPECT_EQ(settings->listeners()[0].mode, 0660u);
  EXPECT_THAT(settings->signer().endpoints,
              ElementsAre("a.test:7443", "b.test:7443"));
  EXPECT_EQ(settings->signer().tls->certificate_file,
            folder_.PathOf("agent.crt"));
  EXPECT_EQ(settings->signer().default_timeout, absl::Seconds(10));
  EXPECT_EQ(settings->limits().max_connections, 16384);
  EXPECT_EQ(settings->limits().max_connections_per_user, 8192);
  EXPECT_EQ(settings->limits().max_items_in_flight, 256);
  EXPECT_EQ(settings->limits().max_items_in_flight_per_user, 8192);
  EXPECT_EQ(settings->limits().max_bytes_per_user, 32 << 20);
  EXPECT_EQ(settings->limits().max_time, absl::Seconds(10));
  EXPECT_EQ(settings->limits().stall_time, absl::Seconds(10));
  EXPECT_EQ(settings->drain_time(), absl::Seconds(30));
  EXPECT_THAT(settings->warnings(), IsEmpty());
  EXPECT_TRUE(settings->policy()->RightsOf({0, 0}).none());
}

TEST_F(AgentSettingsTest, EverythingGiven) {
  const auto settings = ParseWithSigner(R"(
listen:
  - {path: a.sock, mode: "0600", group: root}
  - {abstract_name: keyhold/agent}
rules:
  - {name: web, users: [root, 33], groups: [root], keys: [www, "shop-*"]}
limits: {max_connections: 10, max_connections_per_user: 5,
  max_items_in_flight: 4, max_items_in_flight_per_user: 8,
  max_bytes_per_user: 2000000, max_time_ms: 1000, stall_ms: 2000, drain_ms: 0}
)");
  ASSERT_THAT(settings, IsOk());
  ASSERT_EQ(settings->listeners().size(), 2u);
  EXPECT_EQ(settings->listeners()[0].path, folder_.PathOf("a.sock"));
  EXPECT_EQ(settings->listeners()[0].mode, 0600u);
  EXPECT_EQ(settings->listeners()[0].group, 0u);
  EXPECT_EQ(settings->listeners()[1].abstract_name, "keyhold/agent");
  EXPECT_EQ(settings->rule_count(), 1u);
  EXPECT_FALSE(settings->policy()->RightsOf({33, 0}).none());
  EXPECT_TRUE(settings->policy()->RightsOf({33, 33}).none());
  EXPECT_EQ(settings->limits().max_connections, 10);
  EXPECT_EQ(settings->limits().max_time, absl::Seconds(1));
  EXPECT_EQ(settings->signer().default_timeout, absl::Seconds(1));
  EXPECT_EQ(settings->limits().stall_time, absl::Seconds(2));
  EXPECT_EQ(settings->drain_time(), absl::ZeroDuration());
  EXPECT_THAT(settings->warnings(),
              ElementsAre(HasSubstr("listen[1].abstract_name: an abstract "
                                    "socket has no permissions")));
}

TEST_F(AgentSettingsTest, WarnsOfRulesForEverybody) {
  const auto settings = ParseWithSigner("rules: [{users: ['*'], keys: [www]}]");
  ASSERT_THAT(settings, IsOk());
  EXPECT_THAT(settings->warnings(),
              ElementsAre(HasSubstr("rules[0].users: \"*\" lets every user")));
  EXPECT_FALSE(settings->policy()->RightsOf({4711, 4711}).none());
  const auto group =
      ParseWithSigner("rules: [{users: ['*'], groups: [33], keys: [www]}]");
  ASSERT_THAT(group, IsOk());
  EXPECT_THAT(group->warnings(), IsEmpty());
}

TEST_F(AgentSettingsTest, ASignerOnTheSameHost) {
  const auto settings = Parse(
      "signer: {endpoints: ['unix:/run/keyhold/signer.sock']}\nrules: []");
  ASSERT_THAT(settings, IsOk());
  EXPECT_FALSE(settings->signer().tls.has_value());
  EXPECT_THAT(Parse("signer: {endpoints: ['unix:/s'], ca_file: ca.crt}\n"
                    "rules: []")
                  .status(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("signer.ca_file: a UNIX socket is used "
                                 "without TLS: remove the line")));
}

TEST_F(AgentSettingsTest, EachFaultIsNamed) {
  EXPECT_THAT(Parse("{}").status().message(),
              AllOf(HasSubstr("signer.endpoints: required"),
                    HasSubstr("rules: required")));
  EXPECT_THAT(Parse("signer: {endpoints: ['a:1'], certificate_file: none.crt}\n"
                    "rules: []")
                  .status()
                  .message(),
              AllOf(HasSubstr("none.crt: No such file"),
                    HasSubstr("signer.private_key_file: required"),
                    HasSubstr("signer.ca_file: required")));
  EXPECT_THAT(FaultOf("rules: [{keys: [www]}]"),
              HasSubstr("rules[0]: required: users or groups"));
  EXPECT_THAT(FaultOf("rules: [{users: [root]}]"),
              HasSubstr("rules[0].keys: required: at least one key"));
  EXPECT_THAT(FaultOf("rules: [{users: [no-such], keys: ['a*b']}]"),
              AllOf(HasSubstr("rules[0].users[0]: no user \"no-such\""),
                    HasSubstr("rules[0].keys[0]: \"a*b\": expected")));
  EXPECT_THAT(FaultOf("rules: [{users: ['*', root], keys: [www]}]"),
              HasSubstr("\"*\" is every user: list nobody else"));
  EXPECT_THAT(FaultOf("rules: [{groups: [no-such], keys: [www]}]"),
              HasSubstr("no group \"no-such\""));
  EXPECT_THAT(FaultOf("rules: [{user: root, keys: [www]}]"),
              HasSubstr("rules[0].user: unknown field"));
}

TEST_F(AgentSettingsTest, FaultsOfListenersAndLimits) {
  EXPECT_THAT(FaultOf("rules: []\nlisten: [{mode: '999'}]"),
              HasSubstr("listen[0].mode: expected three octal digits"));
  EXPECT_THAT(FaultOf("rules: []\nlisten: [{mode: '7777'}]"),
              HasSubstr("listen[0].mode: expected three octal digits"));
  EXPECT_THAT(FaultOf("rules: []\nlisten: [{group: no-such}]"),
              HasSubstr("listen[0].group: no group \"no-such\""));
  EXPECT_THAT(FaultOf("rules: []\nlisten: [{}, {}]"),
              HasSubstr("listen[1]: two listeners have the same socket"));
  EXPECT_THAT(FaultOf("rules: []\nlisten: [{path: a, abstract_name: b}]"),
              HasSubstr("give path or abstract_name, not both"));
  EXPECT_THAT(FaultOf(absl::StrCat("rules: []\nlisten: [{path: /",
                                   std::string(107, 'x'), "}]")),
              HasSubstr("a socket's path has at most 107"));
  EXPECT_THAT(FaultOf(absl::StrCat("rules: []\nlisten: [{abstract_name: ",
                                   std::string(107, 'x'), "}]")),
              HasSubstr("expected a name of 1 to 106 bytes"));
  EXPECT_THAT(FaultOf("rules: []\nlimits: {max_bytes_per_user: 1000}"),
              HasSubstr("limits.max_bytes_per_user: expected 1048576 to"));
  EXPECT_THAT(FaultOf("rules: []\nlimits: {max_time_ms: 0}"),
              HasSubstr("limits.max_time_ms: expected 1 to 60000, got 0"));
}

TEST_F(AgentSettingsTest, TellsWhatChanged) {
  const auto one = ParseWithSigner("rules: []");
  const auto rules = ParseWithSigner("rules: [{users: [0], keys: [www]}]");
  const auto listen = ParseWithSigner("rules: []\nlisten: [{mode: '0600'}]");
  EXPECT_EQ(one->signer_text(), rules->signer_text());
  EXPECT_EQ(one->listeners_text(), rules->listeners_text());
  EXPECT_NE(one->listeners_text(), listen->listeners_text());
}

TEST_F(AgentSettingsTest, LoadNamesAFileThatIsNotThere) {
  EXPECT_THAT(AgentSettings::Load(folder_.PathOf("none.yaml")).status(),
              StatusIs(absl::StatusCode::kNotFound, HasSubstr("none.yaml")));
}

}  // namespace
}  // namespace keyhold
