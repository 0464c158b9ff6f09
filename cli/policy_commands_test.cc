// `keyhold policy explain`, `freeze`, `unfreeze` and `frozen`: commands on the
// signer's host.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/freeze_command.h"
#include "cli/policy_explain_command.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

class PolicyCommandsTest : public testing::Test {
 protected:
  PolicyCommandsTest() {
    char pattern[] = "/tmp/keyhold-cli-XXXXXX";
    folder_ = mkdtemp(pattern);
    std::filesystem::create_directory(folder_ + "/keys");
    std::ofstream(folder_ + "/signer.yaml") << R"(listen:
  unix: [{path: s.sock}]
keys: {directories: [keys], settings: [{id: cli, roles: [client]}]}
policy:
  rules:
    - {name: web, identities: ["spiffe://example.org/web"], keys: [www, cli]}
    - {identities: ["uid:0"], keys: ["*"], usages: [csr]}
)";
  }
  ~PolicyCommandsTest() override { std::filesystem::remove_all(folder_); }

  ExitCode Run(std::vector<std::string> args) {
    args.insert(args.end(), {"--config", folder_ + "/signer.yaml"});
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(std::make_unique<PolicyExplainCommand>());
    for (const auto action :
         {FreezeCommand::Action::kFreeze, FreezeCommand::Action::kUnfreeze,
          FreezeCommand::Action::kList}) {
      commands.push_back(std::make_unique<FreezeCommand>(action));
    }
    out_.str("");
    err_.str("");
    return RunCommandLine(commands, args, {in_, out_, err_});
  }
  ExitCode Explain(const std::string& identity, const std::string& key,
                   const std::string& usage,
                   std::vector<std::string> more = {}) {
    more.insert(more.begin(), {"policy", "explain", "--identity", identity,
                               "--key", key, "--usage", usage});
    return Run(more);
  }

  std::string folder_;
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(PolicyCommandsTest, ExplainNamesTheRuleThatAllows) {
  EXPECT_EQ(Explain("spiffe://example.org/web", "www", "tls13_server"),
            ExitCode::kOk);
  EXPECT_EQ(out_.str(),
            "allowed\n  web: allows it\n  rules[1]: names other callers\n");
  // A key's roles are those of its settings.
  EXPECT_EQ(Explain("spiffe://example.org/web", "cli", "tls13_client"),
            ExitCode::kOk);
  EXPECT_EQ(Explain("spiffe://example.org/web", "www", "tls13_client",
                    {"--role", "client"}),
            ExitCode::kOk);
}

TEST_F(PolicyCommandsTest, ExplainSaysWhyNoneAllows) {
  EXPECT_EQ(Explain("spiffe://example.org/web", "www", "digest"),
            ExitCode::kRefused);
  EXPECT_THAT(out_.str(), HasSubstr("refused\n  web: grants this key other "
                                    "usages: tls13_server, tls12_server\n"));
  EXPECT_THAT(err_.str(), HasSubstr("policy does not let "
                                    "spiffe://example.org/web use key www"));
  EXPECT_EQ(Explain("dns:other", "www", "csr"), ExitCode::kKeyNotFound);
  EXPECT_EQ(Explain("uid:0", "www", "csr", {"--json"}), ExitCode::kOk);
  EXPECT_THAT(out_.str(), HasSubstr("\"allowed\": true"));
}

TEST_F(PolicyCommandsTest, QuestionsThatAreNone) {
  EXPECT_EQ(Explain("web", "www", "csr"), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--identity: expected one caller"));
  EXPECT_EQ(Explain("uid:0", "www", "everything"), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("--usage: expected one of tls13_server, "));
  EXPECT_EQ(Explain("uid:0", "www", "csr", {"--scheme", "rot13"}),
            ExitCode::kUsage);
}

TEST_F(PolicyCommandsTest, WhatIsFrozenIsListedAndReleased) {
  EXPECT_EQ(Run({"frozen"}), ExitCode::kOk);
  EXPECT_EQ(out_.str(), "");
  EXPECT_EQ(Run({"freeze", "key", "www"}), ExitCode::kOk);
  EXPECT_EQ(out_.str(), "key www is frozen\n");
  EXPECT_EQ(Run({"freeze", "identity", "uid:33"}), ExitCode::kOk);
  EXPECT_EQ(Run({"frozen"}), ExitCode::kOk);
  EXPECT_EQ(out_.str(), "key www\nidentity uid:33\n");
  EXPECT_TRUE(std::filesystem::exists(folder_ + "/frozen"));
  EXPECT_EQ(Run({"unfreeze", "key", "www", "--json"}), ExitCode::kOk);
  EXPECT_EQ(out_.str(), "{\"keys\": [], \"identities\": [\"uid:33\"]}\n");
  EXPECT_EQ(Run({"unfreeze", "key", "www"}), ExitCode::kFailure);
  EXPECT_THAT(err_.str(), HasSubstr("key www is not frozen"));
}

TEST_F(PolicyCommandsTest, NamesThatCannotBeAreWrongUsage) {
  EXPECT_EQ(Run({"freeze", "key", "www@old"}), ExitCode::kUsage);
  EXPECT_EQ(Run({"freeze", "identity", "root"}), ExitCode::kUsage);
  EXPECT_EQ(Run({"freeze", "host", "a"}), ExitCode::kUsage);
}

}  // namespace
}  // namespace keyhold
