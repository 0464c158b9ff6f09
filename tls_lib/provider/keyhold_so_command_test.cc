// What the openssl command says about, and does with, a key file.
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/provider/testing/module_site.h"

namespace keyhold::provider {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr TestKeyKind kRsa = TestKeyKind::kRsa2048;
constexpr TestKeyKind kP256 = TestKeyKind::kP256;

std::string Read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// One rule that allows everything.
std::vector<FakeRule> EverythingGoes() {
  FakeRule rule;
  rule.usages = {signer::v1::USAGE_TLS13_SERVER, signer::v1::USAGE_TLS12_SERVER,
                 signer::v1::USAGE_TLS13_CLIENT, signer::v1::USAGE_TLS12_CLIENT,
                 signer::v1::USAGE_DIGEST,       signer::v1::USAGE_MESSAGE};
  return {rule};
}

// Policy as it is by default.
ModuleSite& Strict() {
  static auto& site = *new ModuleSite;
  return site;
}

ModuleSite& Lenient() {
  static auto& site = *new ModuleSite(EverythingGoes());
  return site;
}

class AnyKeyTest : public testing::TestWithParam<TestKeyKind> {};

TEST_P(AnyKeyTest, ItsPublicHalfIsRead) {
  const int before = Strict().agent().connections();
  const auto result =
      Strict().Run({"pkey", "-in", Strict().KeyFileOf(GetParam()), "-pubout"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  const auto expected = Strict().Run(
      {"pkey", "-pubin", "-in", Strict().PublicKeyOf(GetParam()), "-pubout"});
  EXPECT_EQ(result.output, expected.output);
  // Loading asks nobody.
  EXPECT_EQ(Strict().agent().connections(), before);
}

TEST_P(AnyKeyTest, ItsPrivateHalfIsNotToBeHad) {
  const auto result =
      Strict().Run({"pkey", "-in", Strict().KeyFileOf(GetParam()), "-out",
                    Strict().folder().PathOf("exported")});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.output, Not(HasSubstr("PRIVATE KEY")));
  EXPECT_THAT(Read(Strict().folder().PathOf("exported")),
              Not(HasSubstr("PRIVATE")));
}

TEST_P(AnyKeyTest, ARequestIsRefusedWithAdvice) {
  const auto result = Strict().Run({"req", "-new", "-subj", "/CN=x", "-key",
                                    Strict().KeyFileOf(GetParam())});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("keyhold::refused:"),
                    HasSubstr(absl::StrCat("key ", TestKeyKindName(GetParam()),
                                           ": policy does not allow this")),
                    HasSubstr(absl::StrCat("use keyhold csr ",
                                           TestKeyKindName(GetParam())))));
}

TEST_P(AnyKeyTest, ARequestIsGoodWherePolicyAllowsIt) {
  const std::string request = Lenient().folder().PathOf("request.pem");
  const auto made =
      Lenient().Run({"req", "-new", "-subj", "/CN=x", "-key",
                     Lenient().KeyFileOf(GetParam()), "-out", request});
  ASSERT_EQ(made.exit_code, 0) << made.output;
  const auto verified =
      Lenient().Run({"req", "-in", request, "-verify", "-noout"});
  EXPECT_EQ(verified.exit_code, 0) << verified.output;
  EXPECT_THAT(verified.output, HasSubstr("verify OK"));
}

INSTANTIATE_TEST_SUITE_P(Kinds, AnyKeyTest,
                         testing::ValuesIn(GoodTestKeyKinds().begin(),
                                           GoodTestKeyKinds().end()),
                         [](const auto& info) {
                           return std::string(TestKeyKindName(info.param));
                         });

TEST(KeyholdSoCommandTest, DgstSignsWherePolicyAllowsIt) {
  ModuleSite& site = Lenient();
  const std::string data = site.folder().Write("data", "some data");
  const std::string signature = site.folder().PathOf("signature");
  for (const TestKeyKind kind : {kRsa, kP256, TestKeyKind::kP384}) {
    for (const char* digest : {"-sha256", "-sha384", "-sha512"}) {
      const auto made = site.Run({"dgst", digest, "-sign", site.KeyFileOf(kind),
                                  "-out", signature, data});
      ASSERT_EQ(made.exit_code, 0) << made.output;
      const auto verified =
          site.Run({"dgst", digest, "-verify", site.PublicKeyOf(kind),
                    "-signature", signature, data});
      EXPECT_THAT(verified.output, HasSubstr("Verified OK"));
    }
  }
}

TEST(KeyholdSoCommandTest, DgstSignsWithPss) {
  ModuleSite& site = Lenient();
  const std::string data = site.folder().Write("data", "some data");
  const std::string signature = site.folder().PathOf("signature");
  const auto made =
      site.Run({"dgst", "-sha384", "-sign", site.KeyFileOf(kRsa), "-sigopt",
                "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest",
                "-out", signature, data});
  ASSERT_EQ(made.exit_code, 0) << made.output;
  const auto verified =
      site.Run({"dgst", "-sha384", "-verify", site.PublicKeyOf(kRsa), "-sigopt",
                "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest",
                "-signature", signature, data});
  EXPECT_THAT(verified.output, HasSubstr("Verified OK"));
}

TEST(KeyholdSoCommandTest, DgstRefusesOldHashes) {
  const std::string data = Lenient().folder().Write("data", "some data");
  const auto result = Lenient().Run(
      {"dgst", "-sha1", "-sign", Lenient().KeyFileOf(kRsa), data});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.output,
              HasSubstr("no signature scheme uses the digest sha1"));
}

TEST(KeyholdSoCommandTest, PkeyutlSignsDigestsWherePolicyAllowsIt) {
  ModuleSite& site = Lenient();
  const std::string digest =
      site.folder().Write("digest", std::string(32, 'd'));
  const std::string signature = site.folder().PathOf("signature");
  for (const TestKeyKind kind : {kRsa, kP256}) {
    const auto made =
        site.Run({"pkeyutl", "-sign", "-inkey", site.KeyFileOf(kind), "-in",
                  digest, "-pkeyopt", "digest:sha256", "-out", signature});
    ASSERT_EQ(made.exit_code, 0) << made.output;
    const auto verified = site.Run(
        {"pkeyutl", "-verify", "-pubin", "-inkey", site.PublicKeyOf(kind),
         "-in", digest, "-pkeyopt", "digest:sha256", "-sigfile", signature});
    EXPECT_THAT(verified.output, HasSubstr("Signature Verified Successfully"));
  }
}

TEST(KeyholdSoCommandTest, PkeyutlSignsMessagesWithEd25519) {
  ModuleSite& site = Lenient();
  const std::string data = site.folder().Write("data", "some data");
  const std::string signature = site.folder().PathOf("signature");
  const auto made = site.Run({"pkeyutl", "-sign", "-rawin", "-inkey",
                              site.KeyFileOf(TestKeyKind::kEd25519), "-in",
                              data, "-out", signature});
  ASSERT_EQ(made.exit_code, 0) << made.output;
  const auto verified =
      site.Run({"pkeyutl", "-verify", "-rawin", "-pubin", "-inkey",
                site.PublicKeyOf(TestKeyKind::kEd25519), "-in", data,
                "-sigfile", signature});
  EXPECT_THAT(verified.output, HasSubstr("Signature Verified Successfully"));
}

TEST(KeyholdSoCommandTest, ThereIsNoRawRsa) {
  ModuleSite& site = Lenient();
  const std::string digest =
      site.folder().Write("digest", std::string(32, 'd'));
  const auto result = site.Run(
      {"pkeyutl", "-sign", "-inkey", site.KeyFileOf(kRsa), "-in", digest});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.output, HasSubstr("-pkeyopt digest:sha256"));
  for (const char* padding : {"none", "x931", "oaep"}) {
    const auto padded =
        site.Run({"pkeyutl", "-sign", "-inkey", site.KeyFileOf(kRsa), "-in",
                  digest, "-pkeyopt", "digest:sha256", "-pkeyopt",
                  absl::StrCat("rsa_padding_mode:", padding)});
    EXPECT_NE(padded.exit_code, 0) << padding;
  }
}

TEST(KeyholdSoCommandTest, ThereIsNoDecryption) {
  ModuleSite& site = Lenient();
  const std::string data = site.folder().Write("data", std::string(256, 'd'));
  const auto result = site.Run(
      {"pkeyutl", "-decrypt", "-inkey", site.KeyFileOf(kRsa), "-in", data});
  EXPECT_NE(result.exit_code, 0);
}

TEST(KeyholdSoCommandTest, OneFileMayHoldCertificateAndKey) {
  const auto result =
      Strict().Run({"pkey", "-in", Strict().CombinedFileOf(kP256), "-pubout"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
}

TEST(KeyholdSoCommandTest, OrdinaryKeysAreAsBefore) {
  const std::string key =
      Strict().folder().Write("local.key", TestKeyPem(kP256, 1));
  const std::string data = Strict().folder().Write("data", "some data");
  const int before = Strict().agent().connections();
  const auto result = Strict().Run(
      {"dgst", "-sha256", "-sign", key, "-out", "/dev/null", data});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  const auto made =
      Strict().Run({"genpkey", "-algorithm", "RSA", "-out", "/dev/null"});
  EXPECT_EQ(made.exit_code, 0) << made.output;
  EXPECT_EQ(Strict().agent().connections(), before);
}

TEST(KeyholdSoCommandTest, ADamagedKeyFileSaysSo) {
  const std::string good = Read(Strict().KeyFileOf(kP256));
  const std::string begin = "-----BEGIN KEYHOLD KEY-----\n";
  const std::string path = Strict().folder().Write(
      "damaged.pem", absl::StrReplaceAll(good, {{begin, begin + "AAAA"}}));
  const auto result = Strict().Run({"pkey", "-in", path, "-pubout"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("keyhold::invalid input:"),
                    HasSubstr("this KEYHOLD KEY is damaged: it is no DER"),
                    HasSubstr("write it again with keyhold key-file")));
  const std::string cut =
      Strict().folder().Write("cut.pem", good.substr(0, good.find(begin) + 80));
  EXPECT_THAT(Strict().Run({"pkey", "-in", cut, "-pubout"}).output,
              HasSubstr("this KEYHOLD KEY is damaged"));
}

TEST(KeyholdSoCommandTest, AnAgentThatIsAwaySaysSo) {
  ModuleSite site(EverythingGoes());
  site.WriteConfiguration("timeout-ms = 20");
  site.agent().Stop();
  const std::string data = site.folder().Write("data", "some data");
  const auto result =
      site.Run({"dgst", "-sha256", "-sign", site.KeyFileOf(kP256), data});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.output,
              AllOf(HasSubstr("keyhold::signer is away:"),
                    HasSubstr("key P256: no keyhold-agent listens on /"),
                    HasSubstr("is the service keyhold-agent running?")));
}

TEST(KeyholdSoCommandTest, TheConfigurationMayNameAnotherAgent) {
  ModuleSite site(EverythingGoes());
  ModuleSite other(EverythingGoes());
  site.WriteConfiguration(absl::StrCat("agent = ", other.agent().address(),
                                       "\nagent-uid = ", geteuid()));
  const std::string data = site.folder().Write("data", "some data");
  const auto result =
      site.Run({"dgst", "-sha256", "-sign", site.KeyFileOf(kP256), "-out",
                "/dev/null", data});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_EQ(site.agent().connections(), 0);
  EXPECT_EQ(other.agent().questions(), 1);
}

TEST(KeyholdSoCommandTest, AWrongConfigurationSaysSo) {
  ModuleSite site;
  site.WriteConfiguration("timeout-ms = never");
  const auto result =
      site.Run({"pkey", "-in", site.KeyFileOf(kP256), "-pubout"});
  EXPECT_THAT(result.output,
              HasSubstr("in keyhold's section of openssl.cnf, timeout-ms = "
                        "never is of no use; expected 10 to 60000"));
}

TEST(KeyholdSoCommandTest, AUriStandsForAKeyFile) {
  ModuleSite site(EverythingGoes());
  site.WriteConfiguration(
      absl::StrCat("key-directory = ", site.folder().path()));
  const auto result = site.Run({"pkey", "-in", "keyhold:P256", "-pubout"});
  EXPECT_EQ(result.exit_code, 0) << result.output;
  EXPECT_THAT(result.output, HasSubstr("BEGIN PUBLIC KEY"));
  const std::string data = site.folder().Write("data", "some data");
  const auto made = site.Run(
      {"dgst", "-sha256", "-sign", "keyhold:P256", "-out", "/dev/null", data});
  EXPECT_EQ(made.exit_code, 0) << made.output;
  EXPECT_EQ(site.agent().questions(), 1);
}

TEST(KeyholdSoCommandTest, AUriOfNothingSaysWhere) {
  const auto result =
      Strict().Run({"pkey", "-in", "keyhold:no-such", "-pubout"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.output, HasSubstr("/etc/keyhold/keys/no-such.key.pem"));
}

// Nothing of keyhold's can say so then: it is not there.
TEST(KeyholdSoCommandTest, WithoutTheModuleTheKeyIsOfNoKnownKind) {
  ModuleSite site;
  site.WriteConfiguration("module = /no/keyhold.so");
  const auto result =
      site.Run({"pkey", "-in", site.KeyFileOf(kP256), "-pubout"});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.output, Not(HasSubstr("PUBLIC KEY")));
}

TEST(KeyholdSoCommandTest, IsListed) {
  const auto result = Strict().Run({"list", "-providers"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, AllOf(HasSubstr("Keyhold: keys on a signer"),
                                   HasSubstr("status: active")));
}

}  // namespace
}  // namespace keyhold::provider
