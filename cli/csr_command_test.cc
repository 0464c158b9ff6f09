#include "cli/csr_command.h"

#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "cli/command_line.h"
#include "cli/signed_object.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/fakes/fake_key.h"
#include "tests/fakes/real_signer.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/certificate_fields.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The signer itself: the fake builds nothing.
class CsrCommandTest : public testing::Test {
 protected:
  CsrCommandTest() : signer_(Keys(), {Rule()}) { signer_.Start(); }

  static FakeKey Key(const char* id, TestKeyKind kind) {
    FakeKey key;
    key.id = id;
    key.pem = TestKeyPem(kind);
    return key;
  }
  static std::vector<FakeKey> Keys() {
    std::vector<FakeKey> keys = {Key("bare", TestKeyKind::kP256),
                                 Key("www", TestKeyKind::kRsa2048)};
    TestCertOptions names;
    names.dns_names = {"www.example.org"};
    keys[1].chain_pem = SelfSignedTestCert(keys[1].pem, names);
    return keys;
  }
  static FakeRule Rule() {
    FakeRule rule;
    rule.usages = {signer::v1::USAGE_TLS13_SERVER, signer::v1::USAGE_CSR,
                   signer::v1::USAGE_SELF_SIGNED};
    rule.server_names = {"www.example.org", "dev.example.org"};
    return rule;
  }
  static std::string Spki(TestKeyKind kind) { return TestKeySpki(kind); }

  ExitCode Run(std::vector<std::string> args) {
    const SignerClientOptions options = signer_.ClientOptions();
    args.insert(args.begin(), "csr");
    for (const std::string& arg :
         {std::string("--signer"), options.endpoints[0],
          std::string("--certificate"), options.tls->certificate_file,
          std::string("--private-key"), options.tls->private_key_file,
          std::string("--ca"), options.tls->ca_file}) {
      args.push_back(arg);
    }
    std::vector<std::unique_ptr<Command>> commands;
    commands.push_back(std::make_unique<CsrCommand>());
    out_.str("");
    err_.str("");
    return RunCommandLine(commands, args, {in_, out_, err_});
  }

  RealSigner signer_;
  std::istringstream in_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(CsrCommandTest, TheNamesOfTheCertificateAreTheDefault) {
  ASSERT_EQ(Run({"www"}), ExitCode::kOk) << err_.str();
  EXPECT_THAT(out_.str(), StartsWith("-----BEGIN CERTIFICATE REQUEST-----\n"));
  const std::string der = PemToDer(out_.str());
  EXPECT_THAT(CertificateRequestPem(der, Spki(TestKeyKind::kRsa2048)), IsOk());
  EXPECT_THAT(der, HasSubstr("www.example.org"));
  EXPECT_THAT(CertificateRequestPem(der, Spki(TestKeyKind::kP256)),
              StatusIs(absl::StatusCode::kInternal,
                       "the signer's certificate request is for another key"));
}

TEST_F(CsrCommandTest, WithoutACertificateNamesMustBeGiven) {
  EXPECT_EQ(Run({"bare"}), ExitCode::kUsage);
  EXPECT_THAT(err_.str(), HasSubstr("give --dns"));
  EXPECT_EQ(Run({"bare", "--dns", "dev.example.org"}), ExitCode::kOk)
      << err_.str();
  EXPECT_EQ(Run({"bare", "--cn", "dev.example.org", "--json"}), ExitCode::kOk);
  EXPECT_THAT(out_.str(), HasSubstr("\"scheme\": \"ecdsa_secp256r1_sha256\""));
}

TEST_F(CsrCommandTest, ARuleForCertainNamesAllowsNoOthers) {
  EXPECT_EQ(Run({"www", "--dns", "www.example.org", "--dns", "bank.test"}),
            ExitCode::kRefused);
  EXPECT_THAT(err_.str(), HasSubstr("\"bank.test\" is none of them"));
  EXPECT_EQ(Run({"www", "--dns", "www.example.org", "--cn", "bank.test"}),
            ExitCode::kRefused);
}

TEST_F(CsrCommandTest, ADevelopmentCertificateIsTheServers) {
  ASSERT_EQ(
      Run({"bare", "--self-signed", "--dns", "dev.example.org", "--days", "7"}),
      ExitCode::kOk)
      << err_.str();
  EXPECT_THAT(out_.str(), StartsWith("-----BEGIN CERTIFICATE-----\n"));
  const auto fields = ReadCertificateFields(PemToDer(out_.str()));
  ASSERT_THAT(fields, IsOk());
  EXPECT_THAT(fields->dns_names, ElementsAre("dev.example.org"));
  EXPECT_TRUE(fields->server_auth);
}

TEST_F(CsrCommandTest, OptionsThatDoNotGoTogether) {
  EXPECT_EQ(Run({"bare", "--self-signed", "--cn", "a"}), ExitCode::kUsage);
  EXPECT_EQ(Run({"bare", "--days", "7"}), ExitCode::kUsage);
}

TEST(SignedObjectTest, WhatIsNoneIsRefused) {
  EXPECT_THAT(CertificateRequestPem("x", ""),
              StatusIs(absl::StatusCode::kInternal,
                       "the signer's certificate request is malformed"));
  EXPECT_THAT(CertificatePem("x", ""),
              StatusIs(absl::StatusCode::kInternal,
                       "the signer's certificate is malformed"));
  // One byte of the signature is wrong.
  const std::string key = TestKeyPem(TestKeyKind::kP256);
  std::string der = PemToDer(SelfSignedTestCert(key));
  EXPECT_THAT(CertificatePem(der, TestKeySpki(TestKeyKind::kP256)), IsOk());
  der.back() ^= 1;
  EXPECT_THAT(CertificatePem(der, TestKeySpki(TestKeyKind::kP256)),
              StatusIs(absl::StatusCode::kInternal,
                       "the signer's certificate has a signature that does "
                       "not hold"));
}

}  // namespace
}  // namespace keyhold
