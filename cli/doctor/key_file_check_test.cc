#include "cli/doctor/key_file_check.h"

#include <sys/stat.h>

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/test_folder.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class KeyFileCheckTest : public testing::Test {
 protected:
  std::string Write(const std::string& text) const {
    return folder_.Write("www.pem", text);
  }
  static std::string GoodFile() {
    return *agent::EncodeKeyFilePem(
        {"www",
         *PublicKey::FromSpki(TestKeySpki(TestKeyKind::kP256)),
         {*agent::AgentAddress::Parse("/run/agent.sock"), std::nullopt}});
  }

  const TestFolder folder_;
};

TEST_F(KeyFileCheckTest, AGoodOne) {
  const KeyFileFindings result = CheckKeyFile(Write(GoodFile()));
  ASSERT_THAT(result.findings, SizeIs(1));
  EXPECT_EQ(result.findings[0].state, Finding::State::kGood);
  EXPECT_THAT(result.findings[0].what,
              testing::AllOf(HasSubstr("key www (P-256, "),
                             HasSubstr("agent /run/agent.sock")));
  ASSERT_TRUE(result.file.has_value());
  EXPECT_EQ(result.file->key_id, "www");
}

TEST_F(KeyFileCheckTest, NoneGarbledAndAPrivateKey) {
  EXPECT_THAT(CheckKeyFile(folder_.PathOf("none")).findings[0].what,
              HasSubstr("none"));
  KeyFileFindings result = CheckKeyFile(Write("garbled"));
  EXPECT_EQ(result.findings[0].state, Finding::State::kFault);
  EXPECT_THAT(result.findings[0].advice, HasSubstr("keyhold key-file KEY"));
  EXPECT_FALSE(result.file.has_value());
  result = CheckKeyFile(Write(TestKeyPem(TestKeyKind::kP256)));
  EXPECT_THAT(result.findings[0].what, HasSubstr("holds a private key"));
  EXPECT_THAT(result.findings[0].advice, HasSubstr("import it on the signer"));
  // A key file with a private key behind it is usable, and no less wrong.
  result = CheckKeyFile(Write(GoodFile() + TestKeyPem(TestKeyKind::kEd25519)));
  EXPECT_EQ(result.findings[0].state, Finding::State::kFault);
  EXPECT_TRUE(result.file.has_value());
}

TEST_F(KeyFileCheckTest, WhatOthersMayWrite) {
  const std::string path = Write(GoodFile());
  chmod(path.c_str(), 0666);
  const KeyFileFindings result = CheckKeyFile(path);
  ASSERT_THAT(result.findings, SizeIs(1));
  EXPECT_THAT(result.findings[0].what,
              HasSubstr("others than its owner may write it"));
  EXPECT_EQ(result.findings[0].advice, "chmod go-w it");
}

}  // namespace
}  // namespace keyhold
