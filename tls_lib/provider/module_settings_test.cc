#include "tls_lib/provider/module_settings.h"

#include <map>
#include <optional>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold::provider {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

absl::StatusOr<ModuleSettings> Parse(
    const std::map<std::string, std::string>& values) {
  return ModuleSettings::Create(
      [&](const char* name) -> std::optional<std::string> {
        const auto found = values.find(name);
        if (found == values.end()) return std::nullopt;
        return found->second;
      });
}

TEST(ModuleSettingsTest, HasDefaults) {
  const auto settings = Parse({});
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->agent, std::nullopt);
  EXPECT_EQ(settings->timeout, std::chrono::seconds(5));
  EXPECT_EQ(settings->key_directory, "/etc/keyhold/keys");
}

TEST(ModuleSettingsTest, TakesEachValue) {
  const auto settings = Parse({{"agent", "@keyhold"},
                               {"agent-uid", "998"},
                               {"timeout-ms", "60000"},
                               {"key-directory", "/srv/keys"}});
  ASSERT_THAT(settings, IsOk());
  ASSERT_TRUE(settings->agent.has_value());
  EXPECT_EQ(settings->agent->address.text(), "@keyhold");
  EXPECT_EQ(settings->agent->uid, 998);
  EXPECT_EQ(settings->timeout, std::chrono::minutes(1));
  EXPECT_EQ(settings->key_directory, "/srv/keys");
}

TEST(ModuleSettingsTest, AnAgentWithoutAUidRunsAsRoot) {
  const auto settings = Parse({{"agent", "/run/a.sock"}});
  ASSERT_THAT(settings, IsOk());
  EXPECT_EQ(settings->agent->uid, std::nullopt);
}

TEST(ModuleSettingsTest, NamesTheValueAtFault) {
  const std::vector<std::map<std::string, std::string>> faults = {
      {{"agent", "localhost:1"}},
      {{"agent", "@a"}, {"agent-uid", "keyhold"}},
      {{"agent", "@a"}, {"agent-uid", "65534"}},
      {{"agent", "@a"}, {"agent-uid", "4294967295"}},
      {{"agent-uid", "998"}},
      {{"timeout-ms", "9"}},
      {{"timeout-ms", "60001"}},
      {{"timeout-ms", "5s"}},
      {{"key-directory", "keys"}},
      {{"key-directory", ""}},
  };
  for (const auto& values : faults) {
    const auto& [name, value] = *values.rbegin();
    EXPECT_THAT(Parse(values),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         AllOf(HasSubstr("keyhold's section of openssl.cnf"),
                               HasSubstr(name + " = " + value),
                               HasSubstr("expected "))));
  }
}

}  // namespace
}  // namespace keyhold::provider
