#include "cli/servers/server_setup.h"

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::StartsWith;

ServerSetupOptions Options() {
  ServerSetupOptions options;
  options.module = "/opt/keyhold.so";
  return options;
}

class EachServerTest : public ::testing::TestWithParam<absl::string_view> {};

TEST_P(EachServerTest, LoadsTheProviderBehindTheDefaultOne) {
  const absl::StatusOr<ServerSetup> made =
      MakeServerSetup(GetParam(), Options());
  ASSERT_THAT(made, IsOk());
  const ServerSetup& setup = *made;
  ASSERT_FALSE(setup.files.empty());
  const std::string& text = setup.files[0].text;
  EXPECT_EQ(setup.files[0].path, "/etc/keyhold/openssl.cnf");
  EXPECT_THAT(text, AllOf(StartsWith(kOwnFileMark),
                          HasSubstr(".include /etc/ssl/openssl.cnf\n"),
                          HasSubstr("module = /opt/keyhold.so\n")));
  // Behind it they would be in whatever section the included file ends with.
  EXPECT_LT(text.find("nodejs_conf = "), text.find(".include"));
  EXPECT_LT(text.find("default = keyhold_default"),
            text.find("keyhold = keyhold_provider"));
}

TEST_P(EachServerTest, SaysWhatEachFileIsForAndWhatIsLeft) {
  const absl::StatusOr<ServerSetup> made =
      MakeServerSetup(GetParam(), Options());
  ASSERT_THAT(made, IsOk());
  const ServerSetup& setup = *made;
  for (const ServerFile& file : setup.files) {
    EXPECT_NE(file.why, "");
    EXPECT_THAT(file.path, StartsWith("/etc/"));
  }
  EXPECT_THAT(setup.steps, Contains(HasSubstr("keyhold key-file")));
  EXPECT_THAT(setup.steps, Contains(HasSubstr("agent.yaml")));
  EXPECT_NE(ServerSummary(GetParam()), "");
}

INSTANTIATE_TEST_SUITE_P(All, EachServerTest,
                         ::testing::ValuesIn(ServersWithSetup()));

TEST(ServerSetupTest, NginxKeepsTheVariable) {
  const absl::StatusOr<ServerSetup> made = MakeServerSetup("nginx", Options());
  ASSERT_THAT(made, IsOk());
  const ServerSetup& setup = *made;
  EXPECT_THAT(setup.files, Contains(Field(&ServerFile::text,
                                          HasSubstr("env OPENSSL_CONF;"))));
}

TEST(ServerSetupTest, PostgresqlsCluster) {
  ServerSetupOptions options = Options();
  options.cluster = "16/blue";
  const absl::StatusOr<ServerSetup> made =
      MakeServerSetup("postgresql", options);
  ASSERT_THAT(made, IsOk());
  const ServerSetup& setup = *made;
  EXPECT_THAT(setup.files,
              Contains(Field(&ServerFile::path,
                             "/etc/postgresql/16/blue/environment")));
  EXPECT_EQ(setup.steps.back(), "systemctl restart postgresql@16-blue");
  for (const char* bad : {"15", "15/", "/main", "15/../x", "15/a b"}) {
    options.cluster = bad;
    EXPECT_THAT(MakeServerSetup("postgresql", options),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("VERSION/NAME")));
  }
}

TEST(ServerSetupTest, NamesTheServersThatThereAre) {
  EXPECT_THAT(MakeServerSetup("iis", Options()),
              StatusIs(absl::StatusCode::kNotFound,
                       HasSubstr("apache, curl, haproxy, nginx")));
  EXPECT_EQ(ServerSummary("iis"), "");
}

TEST(ServerSetupTest, PathsThatAConfigurationWouldMisread) {
  for (const char* bad : {"keyhold.so", "/a b.so", "/a\nb.so", "/a#.so", ""}) {
    ServerSetupOptions options = Options();
    options.module = bad;
    EXPECT_THAT(MakeServerSetup("nginx", options),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("--module takes an absolute path")));
  }
}

TEST(ServerSetupTest, TheModuleLiesInOpensslsFolder) {
  EXPECT_TRUE(absl::EndsWith(DefaultModulePath(), "/ossl-modules/keyhold.so"));
}

}  // namespace
}  // namespace keyhold
