#include "tls_lib/local/test_keys.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/pem.h"
#include "tls_lib/base/openssl_ptr.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

X509Ptr Cert(const std::string& pem) {
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

std::string Text(X509* cert) {
  BioPtr bio(BIO_new(BIO_s_mem()));
  X509_print(bio.get(), cert);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, size);
}

TEST(TestKeysTest, TheSameKeyEachTimeAnotherForAnotherIndex) {
  EXPECT_EQ(TestKeyPem(TestKeyKind::kP256), TestKeyPem(TestKeyKind::kP256));
  EXPECT_NE(TestKeyPem(TestKeyKind::kP256), TestKeyPem(TestKeyKind::kP256, 1));
}

TEST(TestKeysTest, Formats) {
  EXPECT_THAT(TestKeyPem(TestKeyKind::kRsa2048), HasSubstr("BEGIN PRIVATE"));
  EXPECT_THAT(
      TestKeyEncoded(TestKeyKind::kRsa2048, TestKeyFormat::kTraditionalPem),
      HasSubstr("BEGIN RSA PRIVATE"));
  EXPECT_THAT(
      TestKeyEncoded(TestKeyKind::kP256, TestKeyFormat::kTraditionalPem),
      HasSubstr("BEGIN EC PRIVATE"));
  EXPECT_THAT(EncryptedTestKeyPem(TestKeyKind::kP256),
              HasSubstr("BEGIN ENCRYPTED PRIVATE"));
  EXPECT_EQ(TestKeyEncoded(TestKeyKind::kP256, TestKeyFormat::kPkcs8Der),
            PemToDer(TestKeyPem(TestKeyKind::kP256)));
}

TEST(TestCaTest, IssuesWhatWasAskedFor) {
  TestCa root("Root");
  TestCa ca = root.IssueCa("Issuing", TestKeyKind::kEd25519);
  TestCertOptions options;
  options.common_name = "leaf";
  options.dns_names = {"www.example.org", "*.example.net"};
  options.uris = {"spiffe://example.org/web"};
  options.ip_addresses = {"127.0.0.1", "::1"};
  options.server_auth = true;
  options.client_auth = true;
  X509Ptr leaf = Cert(ca.Issue(TestKeyPem(TestKeyKind::kP521), options));
  const std::string text = Text(leaf.get());
  for (const char* part :
       {"Issuer: CN=Issuing", "Subject: CN=leaf", "DNS:www.example.org",
        "DNS:*.example.net", "URI:spiffe://example.org/web",
        "IP Address:127.0.0.1", "TLS Web Server Authentication",
        "TLS Web Client Authentication", "CA:FALSE"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
  X509Ptr issuer = Cert(ca.cert_pem());
  EXPECT_EQ(X509_verify(leaf.get(), X509_get0_pubkey(issuer.get())), 1);
  X509Ptr top = Cert(root.cert_pem());
  EXPECT_EQ(X509_verify(issuer.get(), X509_get0_pubkey(top.get())), 1);
}

TEST(TestCertTest, EveryKindSignsItself) {
  for (TestKeyKind kind : GoodTestKeyKinds()) {
    X509Ptr cert = Cert(SelfSignedTestCert(TestKeyPem(kind)));
    EXPECT_EQ(X509_verify(cert.get(), X509_get0_pubkey(cert.get())), 1) << kind;
  }
}

TEST(TestCertTest, Expired) {
  X509Ptr good = Cert(SelfSignedTestCert(TestKeyPem(TestKeyKind::kP256)));
  EXPECT_GT(X509_cmp_current_time(X509_get0_notAfter(good.get())), 0);
  EXPECT_LT(X509_cmp_current_time(X509_get0_notBefore(good.get())), 0);
  X509Ptr expired =
      Cert(SelfSignedTestCert(TestKeyPem(TestKeyKind::kP256), Expired({})));
  EXPECT_LT(X509_cmp_current_time(X509_get0_notAfter(expired.get())), 0);
}

}  // namespace
}  // namespace keyhold
