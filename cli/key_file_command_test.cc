#include "cli/key_file_command.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/command_line.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_key.h"
#include "tests/fakes/fake_signer.h"
#include "tests/fakes/test_folder.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

class KeyFileCommandTest : public testing::Test {
 protected:
  ExitCode Run(std::vector<std::string> args) {
    args.insert(args.begin(), "key-file");
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(std::make_unique<KeyFileCommand>());
    out_.str("");
    err_.str("");
    return RunCommandLine(commands, args, {in_, out_, err_});
  }

  // Asks the signer, over the network.
  ExitCode Ask(std::vector<std::string> args) {
    const SignerClientOptions options = signer_.ClientOptions();
    args.insert(args.end(),
                {"--signer", options.endpoints[0], "--certificate",
                 options.tls->certificate_file, "--private-key",
                 options.tls->private_key_file, "--ca", options.tls->ca_file});
    return Run(std::move(args));
  }

  static std::string Read(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }

  FakeSigner signer_{{{"www",
                       "old",
                       TestKeyPem(TestKeyKind::kP256),
                       "",
                       {Role::kServer},
                       {}}}};
  TestFolder folder_;
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(KeyFileCommandTest, AsksTheSignerForThePublicHalf) {
  ASSERT_EQ(Ask({"www"}), ExitCode::kOk) << err_.str();
  const auto file = agent::DecodeKeyFilePem(out_.str());
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->key_id, "www@old");
  EXPECT_EQ(file->key.spki(), TestKeySpki(TestKeyKind::kP256));
  EXPECT_EQ(file->agent.address.text(), "/run/keyhold/agent.sock");
  EXPECT_EQ(file->agent.uid, std::nullopt);
}

TEST_F(KeyFileCommandTest, AsksNobodyIfThereIsACertificate) {
  const std::string certificate = folder_.Write(
      "www.crt", SelfSignedTestCert(TestKeyPem(TestKeyKind::kEd448)));
  const std::string path = folder_.PathOf("www.key.pem");
  ASSERT_EQ(Run({"www", "--for-certificate", certificate, "--agent", "@kh",
                 "--agent-uid", "998", "-o", path}),
            ExitCode::kOk)
      << err_.str();
  EXPECT_EQ(out_.str(), "");
  const auto file = agent::DecodeKeyFilePem(Read(path));
  ASSERT_THAT(file, IsOk());
  EXPECT_EQ(file->key_id, "www");
  EXPECT_EQ(file->key.spki(), TestKeySpki(TestKeyKind::kEd448));
  EXPECT_EQ(file->agent.address.text(), "@kh");
  EXPECT_EQ(file->agent.uid, 998);
  // Again, over itself: who could read it can read it still.
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  EXPECT_EQ(Run({"www", "--for-certificate", certificate, "-o", path}),
            ExitCode::kOk);
  struct stat status;
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640);
}

TEST_F(KeyFileCommandTest, KnowsUsersByName) {
  ASSERT_EQ(Ask({"www", "--agent-uid", "daemon"}), ExitCode::kOk) << err_.str();
  EXPECT_EQ(agent::DecodeKeyFilePem(out_.str())->agent.uid, 1);
}

TEST_F(KeyFileCommandTest, NeverOverwritesAPrivateKey) {
  const std::string key = TestKeyPem(TestKeyKind::kP256);
  const std::string path = folder_.Write("www.key", key);
  EXPECT_EQ(Ask({"www", "-o", path}), ExitCode::kFailure);
  EXPECT_THAT(err_.str(),
              HasSubstr("holds a private key and is left as it is"));
  EXPECT_EQ(Read(path), key);
}

TEST_F(KeyFileCommandTest, PrintsJson) {
  ASSERT_EQ(Ask({"www", "--json", "--agent-uid", "7"}), ExitCode::kOk);
  EXPECT_THAT(out_.str(), HasSubstr("\"key\": \"www@old\""));
  EXPECT_THAT(out_.str(), HasSubstr("\"agent_uid\": \"7\""));
  EXPECT_THAT(out_.str(), HasSubstr("BEGIN KEYHOLD KEY"));
}

TEST_F(KeyFileCommandTest, SaysWhatIsWrong) {
  EXPECT_EQ(Run({"www"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("which signer?"));
  EXPECT_EQ(Ask({"www", "--agent", "localhost:7443"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("is no agent's address"));
  EXPECT_EQ(Ask({"www", "--agent-uid", "no such user"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("neither a number nor a user"));
  EXPECT_EQ(Ask({"www", "--agent-uid", "65534"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("names nobody"));
  EXPECT_EQ(Ask({"no-such-key"}), ExitCode::kKeyNotFound);
  EXPECT_EQ(Ask({"www", "-o", "/no/where"}), ExitCode::kFailure);
  EXPECT_THAT(err_.str(), HasSubstr("cannot write /no/where: "));
  const std::string no_certificate = folder_.Write("x.crt", "x");
  EXPECT_EQ(Run({"www", "--for-certificate", no_certificate}),
            ExitCode::kFailure);
  EXPECT_THAT(err_.str(), HasSubstr(no_certificate));
  const std::string certificate = folder_.Write(
      "www.crt", SelfSignedTestCert(TestKeyPem(TestKeyKind::kP256)));
  EXPECT_EQ(Run({"two words", "--for-certificate", certificate}),
            ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("without spaces"));
}

}  // namespace
}  // namespace keyhold
