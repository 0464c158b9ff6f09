#include "signer_service/keys/certificate_reader.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/keys/test_folder.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class CertificateReaderTest : public testing::Test {
 protected:
  absl::StatusOr<CertificateFile> Read(const std::string& text) {
    folder_.Write("www.crt", text);
    return reader_.Read(*KeyDirectory::Open(folder_.path()), "www.crt");
  }

  TestFolder folder_;
  CertificateReader reader_;
};

TEST_F(CertificateReaderTest, ReadsTheChainAndTheLeafsFields) {
  TestCa ca("ca");
  TestCertOptions options;
  options.dns_names = {"www.example.org"};
  options.server_auth = true;
  const std::string leaf = ca.Issue(TestKeyPem(TestKeyKind::kP256), options);
  absl::StatusOr<CertificateFile> file = Read(leaf + ca.cert_pem());
  ASSERT_THAT(file, IsOk());
  ASSERT_EQ(file->chain.size(), 2u);
  EXPECT_EQ(*file->chain[0], PemToDer(leaf));
  EXPECT_EQ(*file->chain[1], PemToDer(ca.cert_pem()));
  EXPECT_EQ(file->leaf.spki, TestKeySpki(TestKeyKind::kP256));
  EXPECT_THAT(file->leaf.dns_names, ElementsAre("www.example.org"));
  EXPECT_TRUE(file->leaf.server_auth);
  EXPECT_FALSE(file->leaf.client_auth);
}

TEST_F(CertificateReaderTest, KeepsAnIssuerOfManyOnce) {
  TestCa ca("ca");
  absl::StatusOr<CertificateFile> first =
      Read(ca.Issue(TestKeyPem(TestKeyKind::kP256, 0)) + ca.cert_pem());
  absl::StatusOr<CertificateFile> second =
      Read(ca.Issue(TestKeyPem(TestKeyKind::kP256, 1)) + ca.cert_pem());
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_EQ(first->chain[1], second->chain[1]);
  EXPECT_NE(first->chain[0], second->chain[0]);
}

TEST_F(CertificateReaderTest, ErrorsNameThePath) {
  EXPECT_THAT(Read("no certificate at all"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       AllOf(StartsWith(folder_.PathOf("www.crt") + ": "),
                             HasSubstr("no certificate"))));
  EXPECT_THAT(Read(TestKeyPem(TestKeyKind::kP256)),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("no certificate")));
  EXPECT_THAT(Read("-----BEGIN CERTIFICATE-----\nMAA=\n"
                   "-----END CERTIFICATE-----\n"),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       StartsWith(folder_.PathOf("www.crt") + ": ")));
}

}  // namespace
}  // namespace keyhold
