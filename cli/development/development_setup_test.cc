#include "cli/development/development_setup.h"

#include <map>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/certified_key.h"
#include "tls_lib/local/local_signing_key.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::UnorderedElementsAre;

DevelopmentSetupOptions Options() {
  DevelopmentSetupOptions options;
  options.now = absl::Now();
  return options;
}

std::map<std::string, std::string> ContentsOf(const DevelopmentSetup& setup) {
  std::map<std::string, std::string> contents;
  for (const SetupFile& file : setup.files) {
    contents[file.path] = std::string(file.content.Reveal());
  }
  return contents;
}

std::shared_ptr<const LocalSigningKey> ParseKey(const std::string& pem) {
  return *LocalSigningKey::Create(
      *PrivateKey::Parse(*SecretBytes::CopyOf(pem)));
}

class DevelopmentSetupTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    absl::StatusOr<DevelopmentSetup> setup = MakeDevelopmentSetup(Options());
    ASSERT_THAT(setup, IsOk());
    setup_ = new DevelopmentSetup(*std::move(setup));
    contents_ = new std::map<std::string, std::string>(ContentsOf(*setup_));
  }

  static DevelopmentSetup* setup_;
  static std::map<std::string, std::string>* contents_;
};
DevelopmentSetup* DevelopmentSetupTest::setup_ = nullptr;
std::map<std::string, std::string>* DevelopmentSetupTest::contents_ = nullptr;

TEST_F(DevelopmentSetupTest, FilesAndModes) {
  std::vector<std::string> names;
  for (const SetupFile& file : setup_->files) {
    names.push_back(
        absl::StrCat(file.mode == 0600 ? "0600 " : "0644 ", file.path));
  }
  EXPECT_THAT(
      names,
      UnorderedElementsAre(
          "0600 ca/site-ca.key", "0644 ca/site-ca.crt",
          "0600 ca/transport-ca.key", "0644 ca/transport-ca.crt",
          "0600 signer/audit.key", "0644 signer/audit.pub",
          "0644 signer/signer.yaml", "0644 signer/client-ca.crt",
          "0600 signer/transport.key", "0644 signer/transport.crt",
          "0600 signer/keys/app-client.key", "0644 signer/keys/app-client.crt",
          "0600 signer/keys/rsa.example.test.key",
          "0644 signer/keys/rsa.example.test.crt",
          "0600 signer/keys/ecdsa.example.test.key",
          "0644 signer/keys/ecdsa.example.test.crt",
          "0600 signer/keys/ed25519.example.test.key",
          "0644 signer/keys/ed25519.example.test.crt", "0644 app/keyhold.yaml",
          "0600 app/transport.key", "0644 app/transport.crt",
          "0644 app/signer-ca.crt", "0644 app/site-ca.crt",
          "0644 app/client.crt", "0644 app/sites/rsa.example.test.crt",
          "0644 app/sites/ecdsa.example.test.crt",
          "0644 app/sites/ed25519.example.test.crt"));
}

TEST_F(DevelopmentSetupTest, PrivateKeysAreExactlyTheSecretFiles) {
  for (const SetupFile& file : setup_->files) {
    EXPECT_EQ(absl::StrContains(file.content.Reveal(), "PRIVATE KEY"),
              file.mode == 0600)
        << file.path;
  }
}

TEST_F(DevelopmentSetupTest, EachKeyBelongsToItsCertificate) {
  for (const auto& [path, content] : *contents_) {
    if (!absl::EndsWith(path, ".key") || absl::StartsWith(path, "ca/") ||
        path == "signer/audit.key") {
      continue;
    }
    const std::string certificate =
        (*contents_)[absl::StrCat(path.substr(0, path.size() - 4), ".crt")];
    EXPECT_THAT(CertifiedKey::CreateFromPem(certificate, ParseKey(content)),
                IsOk())
        << path;
  }
}

TEST_F(DevelopmentSetupTest, SitesHaveTheirNamesAndTypesOfKey) {
  for (const DevelopmentSite& site : DefaultDevelopmentSites()) {
    const std::string stem = absl::StrCat("signer/keys/", site.name);
    std::shared_ptr<const LocalSigningKey> key =
        ParseKey((*contents_)[absl::StrCat(stem, ".key")]);
    EXPECT_EQ(key->public_key().type(), site.key_type);
    absl::StatusOr<std::shared_ptr<const CertifiedKey>> certified =
        CertifiedKey::CreateFromPem((*contents_)[absl::StrCat(stem, ".crt")],
                                    key);
    ASSERT_THAT(certified, IsOk());
    EXPECT_THAT((*certified)->dns_names(), UnorderedElementsAre(site.name));
    EXPECT_EQ((*contents_)[absl::StrCat(stem, ".crt")],
              (*contents_)[absl::StrCat("app/sites/", site.name, ".crt")]);
  }
}

TEST_F(DevelopmentSetupTest, SignerYamlNamesTheIdentityAndTheKeys) {
  const std::string& yaml = (*contents_)["signer/signer.yaml"];
  EXPECT_THAT(yaml, HasSubstr("spiffe://example.test/app"));
  EXPECT_THAT(yaml, HasSubstr("- \"ed25519.example.test\""));
  EXPECT_THAT(yaml, HasSubstr("- \"app-client\""));
  EXPECT_THAT(yaml, Not(HasSubstr("unix:")));
}

TEST(DevelopmentSetupOptionsTest, OperatorGetsASocket) {
  DevelopmentSetupOptions options = Options();
  options.sites = {{"a.test", KeyType::kEd25519}};
  options.operator_uid = 1234;
  absl::StatusOr<DevelopmentSetup> setup = MakeDevelopmentSetup(options);
  ASSERT_THAT(setup, IsOk());
  const std::string yaml = ContentsOf(*setup)["signer/signer.yaml"];
  EXPECT_THAT(yaml, HasSubstr("signer.sock"));
  EXPECT_THAT(yaml, HasSubstr("uid:1234"));
}

TEST(DevelopmentSetupOptionsTest, ListenAddressIsInTheSignersCertificate) {
  DevelopmentSetupOptions options = Options();
  options.sites = {{"a.test", KeyType::kEd25519}};
  options.listen = "10.1.2.3:9000";
  options.signer_names = {"signer.internal", "10.9.9.9"};
  absl::StatusOr<DevelopmentSetup> setup = MakeDevelopmentSetup(options);
  ASSERT_THAT(setup, IsOk());
  const std::map<std::string, std::string> contents = ContentsOf(*setup);
  EXPECT_THAT(contents.at("app/keyhold.yaml"), HasSubstr("10.1.2.3:9000"));
  const std::string der =
      (*ParsePemCertificates(contents.at("signer/transport.crt")))[0];
  const auto* data = reinterpret_cast<const unsigned char*>(der.data());
  X509Ptr certificate(d2i_X509(nullptr, &data, static_cast<long>(der.size())));
  for (const char* ip : {"10.1.2.3", "10.9.9.9", "127.0.0.1", "::1"}) {
    EXPECT_EQ(X509_check_ip_asc(certificate.get(), ip, 0), 1) << ip;
  }
  for (const char* name : {"localhost", "signer.internal"}) {
    EXPECT_EQ(X509_check_host(certificate.get(), name, 0, 0, nullptr), 1)
        << name;
  }
}

TEST(DevelopmentSetupOptionsTest, AnyAddressIsReachedAsLocalhost) {
  DevelopmentSetupOptions options = Options();
  options.sites = {{"a.test", KeyType::kEd25519}};
  options.listen = "0.0.0.0:9000";
  absl::StatusOr<DevelopmentSetup> setup = MakeDevelopmentSetup(options);
  ASSERT_THAT(setup, IsOk());
  EXPECT_THAT(ContentsOf(*setup)["app/keyhold.yaml"],
              HasSubstr("signer: \"localhost:9000\""));
}

TEST(DevelopmentSetupOptionsTest, RefusesWhatCannotBe) {
  DevelopmentSetupOptions options = Options();
  options.valid_days = 0;
  EXPECT_THAT(MakeDevelopmentSetup(options),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("1 to 3650 days, not 0")));
  options = Options();
  options.sites = {};
  EXPECT_THAT(MakeDevelopmentSetup(options),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("at least one site")));
  options.sites = {{"a.test", KeyType::kRsa}, {"a.test", KeyType::kEd25519}};
  EXPECT_THAT(MakeDevelopmentSetup(options),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("the site a.test is named twice")));
  options.sites = {{"app-client", KeyType::kEd25519}};
  EXPECT_THAT(MakeDevelopmentSetup(options),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("give the site another name")));
}

}  // namespace
}  // namespace keyhold
