#include "tls_lib/core/cert_resolver.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/local/local_signing_key.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

TEST(SingleClientCertResolverTest, AlwaysTheSame) {
  const std::string pem = TestKeyPem(TestKeyKind::kEd25519);
  std::shared_ptr<const CertifiedKey> key = *CertifiedKey::CreateFromPem(
      SelfSignedTestCert(pem),
      *LocalSigningKey::Create(*PrivateKey::Parse(*SecretBytes::CopyOf(pem))));
  SingleClientCertResolver resolver(key);
  CertificateRequest request;
  EXPECT_EQ(resolver.Resolve(request), key);
  request.server_name = "www.example.org";
  request.acceptable_cas = {"some CA's name"};
  EXPECT_EQ(resolver.Resolve(request), key);
}

TEST(SingleClientCertResolverTest, NullMeansNoCertificate) {
  EXPECT_EQ(SingleClientCertResolver(nullptr).Resolve({}), nullptr);
}

}  // namespace
}  // namespace keyhold
