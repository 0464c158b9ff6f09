// The openssl command's own server and client, unmodified, with a key file.
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/child_process.h"
#include "tls_lib/provider/testing/module_site.h"

namespace keyhold::provider {
namespace {

using ::testing::HasSubstr;

ModuleSite& Site() {
  static auto& site = *new ModuleSite;
  return site;
}

// The port in s_server's line "ACCEPT 127.0.0.1:41233".
std::string PortOf(absl::string_view line) {
  return std::vector<std::string>(absl::StrSplit(line, ':')).back();
}

class OpensslServer {
 public:
  explicit OpensslServer(std::vector<std::string> args)
      : process_(Site().Command(WithDefaults(std::move(args)))) {
    const std::optional<std::string> line =
        process_.WaitForLine([](absl::string_view line) {
          return absl::StartsWith(line, "ACCEPT ");
        });
    if (line.has_value()) port_ = PortOf(*line);
  }

  const std::string& port() const { return port_; }
  std::string output() const { return process_.output(); }

 private:
  static std::vector<std::string> WithDefaults(std::vector<std::string> args) {
    args.insert(args.begin(), {"s_server", "-accept", "127.0.0.1:0", "-www"});
    return args;
  }

  ChildProcess process_;
  std::string port_;
};

ModuleSite::Result Connect(const OpensslServer& server,
                           std::vector<std::string> args) {
  args.insert(
      args.begin(),
      {"s_client", "-connect", absl::StrCat("127.0.0.1:", server.port()),
       "-CAfile", Site().ca_file(), "-verify_return_error", "-brief"});
  return Site().Run(std::move(args));
}

struct Case {
  TestKeyKind kind;
  const char* version;
};

class HandshakeTest : public testing::TestWithParam<Case> {};

TEST_P(HandshakeTest, AsServer) {
  const TestKeyKind kind = GetParam().kind;
  OpensslServer server(
      {"-key", Site().KeyFileOf(kind), "-cert", Site().CertificateOf(kind)});
  ASSERT_NE(server.port(), "") << server.output();
  const int before = Site().agent().questions();
  const ModuleSite::Result result = Connect(server, {GetParam().version});
  EXPECT_EQ(result.exit_code, 0) << result.output << server.output();
  EXPECT_THAT(result.output, HasSubstr("Verification: OK"));
  EXPECT_EQ(Site().agent().questions(), before + 1);
}

TEST_P(HandshakeTest, AsClient) {
  const TestKeyKind kind = GetParam().kind;
  OpensslServer server({"-key", Site().KeyFileOf(TestKeyKind::kP256), "-cert",
                        Site().CertificateOf(TestKeyKind::kP256), "-CAfile",
                        Site().ca_file(), "-Verify", "2",
                        "-verify_return_error"});
  ASSERT_NE(server.port(), "") << server.output();
  const int before = Site().agent().questions();
  const ModuleSite::Result result =
      Connect(server, {GetParam().version, "-key", Site().KeyFileOf(kind),
                       "-cert", Site().CertificateOf(kind)});
  EXPECT_EQ(result.exit_code, 0) << result.output << server.output();
  EXPECT_EQ(Site().agent().questions(), before + 2);
  EXPECT_TRUE(Site().agent().last_question().has_tls12_certificate_verify() ||
              Site().agent().last_question().has_tls13_certificate_verify())
      << Site().agent().last_question().ShortDebugString();
}

std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const TestKeyKind kind : GoodTestKeyKinds()) {
    cases.push_back({kind, "-tls1_2"});
    cases.push_back({kind, "-tls1_3"});
  }
  return cases;
}

INSTANTIATE_TEST_SUITE_P(All, HandshakeTest, testing::ValuesIn(Cases()),
                         [](const testing::TestParamInfo<Case>& info) {
                           return absl::StrCat(
                               TestKeyKindName(info.param.kind),
                               absl::string_view(info.param.version).substr(1));
                         });

}  // namespace
}  // namespace keyhold::provider
