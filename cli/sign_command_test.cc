#include "cli/sign_command.h"

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/time/time.h"
#include "cli/command_line.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_key.h"
#include "tests/fakes/fake_signer.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class SignCommandTest : public testing::Test {
 protected:
  ExitCode Sign(std::vector<std::string> args) {
    const SignerClientOptions options = signer_.ClientOptions();
    args.insert(args.begin(), "sign");
    for (const std::string& arg :
         {std::string("--signer"), options.endpoints[0],
          std::string("--certificate"), options.tls->certificate_file,
          std::string("--private-key"), options.tls->private_key_file,
          std::string("--ca"), options.tls->ca_file}) {
      args.push_back(arg);
    }
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(std::make_unique<SignCommand>());
    out_.str("");
    err_.str("");
    return RunCommandLine(commands, args, {in_, out_, err_});
  }

  static FakeKey KeyOf(TestKeyKind kind, const char* id, const char* label) {
    FakeKey key;
    key.id = id;
    key.label = label;
    key.pem = TestKeyPem(kind);
    return key;
  }

  FakeSigner signer_{{KeyOf(TestKeyKind::kP256, "www", ""),
                      KeyOf(TestKeyKind::kRsa2048, "both", ""),
                      KeyOf(TestKeyKind::kP384, "both", "old")}};
  const std::string hash_ = std::string(64, 'a');
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(SignCommandTest, PrintsTheSignatureAndNothingElse) {
  EXPECT_EQ(Sign({"www", "--transcript-hash", hash_}), ExitCode::kOk)
      << err_.str();
  EXPECT_EQ(err_.str(), "");
  std::string signature;
  ASSERT_EQ(out_.str().back(), '\n');
  EXPECT_TRUE(absl::Base64Unescape(out_.str(), &signature));
  EXPECT_EQ(signature[0], 0x30);  // DER
}

TEST_F(SignCommandTest, NeverPrintsAWrongSignature) {
  signer_.DamageNextSignature(FakeDamage::kWrong);
  EXPECT_EQ(Sign({"www", "--transcript-hash", hash_}), ExitCode::kFailure);
  EXPECT_EQ(out_.str(), "");
  EXPECT_THAT(err_.str(), HasSubstr("is not this key's over this input"));
}

TEST_F(SignCommandTest, AsksWhichKeyIfThereAreSeveral) {
  EXPECT_EQ(Sign({"both", "--transcript-hash", hash_}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(),
              AllOf(HasSubstr("\"both\" names 2 keys"), HasSubstr("both@old")));
  const std::string spki = TestKeySpki(TestKeyKind::kP384);
  const std::string sha256 =
      absl::BytesToHexString(PublicKey::FromSpki(spki)->spki_sha256());
  EXPECT_THAT(err_.str(), HasSubstr("sha256:" + sha256));
  EXPECT_EQ(Sign({"sha256:" + sha256, "--transcript-hash", hash_}),
            ExitCode::kOk)
      << err_.str();
}

TEST_F(SignCommandTest, ASlowSignerEndsInTime) {
  signer_.DelayNextSign(absl::Hours(1));
  EXPECT_EQ(Sign({"www", "--transcript-hash", hash_, "--timeout", "0.5"}),
            ExitCode::kUnavailable);
  EXPECT_EQ(out_.str(), "");
}

TEST_F(SignCommandTest, AWrongArgumentAsksNobody) {
  EXPECT_EQ(Sign({"www"}), ExitCode::kUsage);
  EXPECT_EQ(Sign({"www", "--transcript-hash", "abc"}), ExitCode::kUsage);
  EXPECT_EQ(Sign({"www", "--transcript-hash", hash_, "--scheme", "dsa"}),
            ExitCode::kUsage);
  EXPECT_EQ(signer_.Calls(FakeRpc::kGetKey), 0);
}

TEST_F(SignCommandTest, SaysWhichFileCannotBeWritten) {
  EXPECT_EQ(Sign({"www", "--transcript-hash", hash_, "--out", "/no/where"}),
            ExitCode::kFailure);
  EXPECT_THAT(err_.str(), HasSubstr("cannot write /no/where: "));
}

}  // namespace
}  // namespace keyhold
