// What a vault builds and signs: OpenSSL reads it, and its signature holds.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "openssl/x509.h"
#include "openssl/x509v3.h"
#include "signer_service/vault/vault_conformance.h"
#include "signer_service/vault/vault_test_input.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/certificate_fields.h"
#include "tls_lib/core/error_reason.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using signer::v1::SignRequest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using X509ReqPtr = std::unique_ptr<X509_REQ, OpensslDelete<X509_REQ_free>>;

X509ReqPtr ParseRequest(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  return X509ReqPtr(
      d2i_X509_REQ(nullptr, &bytes, static_cast<long>(der.size())));
}

// The DNS names that a request asks for.
std::vector<std::string> RequestedNames(X509_REQ* request) {
  std::vector<std::string> names;
  STACK_OF(X509_EXTENSION)* extensions = X509_REQ_get_extensions(request);
  auto* alternatives = static_cast<GENERAL_NAMES*>(
      X509V3_get_d2i(extensions, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
    const ASN1_IA5STRING* name =
        sk_GENERAL_NAME_value(alternatives, i)->d.dNSName;
    names.emplace_back(
        reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)),
        static_cast<size_t>(ASN1_STRING_length(name)));
  }
  GENERAL_NAMES_free(alternatives);
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  return names;
}

std::vector<KeyFile> OneFile(TestKeyKind kind) {
  std::vector<KeyFile> files;
  files.push_back(TestKeyFile("www", TestKeyPem(kind)));
  return files;
}

std::string SubjectOf(const X509_NAME* name) {
  char text[256];
  X509_NAME_oneline(name, text, sizeof(text));
  return text;
}

SignRequest CsrRequest(const PublicKey& key, SignatureScheme scheme) {
  SignRequest request = MessageRequest(key, scheme, "");
  request.mutable_csr()->set_common_name("www.example.org");
  request.mutable_csr()->add_dns_names("WWW.example.org");
  request.mutable_csr()->add_dns_names("*.example.net");
  return request;
}

SignRequest SelfSignedRequest(const PublicKey& key) {
  SignRequest request =
      MessageRequest(key, key.DefaultPreferences().front(), "");
  request.mutable_self_signed_certificate()->add_dns_names("dev.example.org");
  return request;
}

TEST_P(VaultConformanceTest, RequestsOfEveryKeyAndSchemeHold) {
  for (TestKeyKind kind : GoodTestKeyKinds()) {
    vault_->ReplaceKeys(OneFile(kind));
    const PublicKey key = TestPublicKey(kind);
    for (SignatureScheme scheme : key.DefaultPreferences()) {
      const absl::StatusOr<std::string> der =
          SignOne(*vault_, CsrRequest(key, scheme));
      ASSERT_THAT(der, IsOk()) << SchemeName(scheme);
      const X509ReqPtr request = ParseRequest(*der);
      ASSERT_NE(request, nullptr) << SchemeName(scheme);
      EXPECT_EQ(
          X509_REQ_verify(request.get(), X509_REQ_get0_pubkey(request.get())),
          1)
          << TestKeyKindName(kind) << " " << SchemeName(scheme);
      EXPECT_EQ(SubjectOf(X509_REQ_get_subject_name(request.get())),
                "/CN=www.example.org");
      EXPECT_THAT(RequestedNames(request.get()),
                  ElementsAre("www.example.org", "*.example.net"));
    }
  }
}

TEST_P(VaultConformanceTest, ARequestMayHaveOnlyOneKindOfName) {
  vault_->ReplaceKeys(OneFile(TestKeyKind::kP256));
  const PublicKey key = TestPublicKey(TestKeyKind::kP256);
  SignRequest request = CsrRequest(key, key.DefaultPreferences().front());
  request.mutable_csr()->clear_dns_names();
  absl::StatusOr<std::string> der = SignOne(*vault_, request);
  ASSERT_THAT(der, IsOk());
  EXPECT_THAT(RequestedNames(ParseRequest(*der).get()), ElementsAre());
  request.mutable_csr()->clear_common_name();
  request.mutable_csr()->add_dns_names("a.example.org");
  der = SignOne(*vault_, request);
  ASSERT_THAT(der, IsOk());
  const X509ReqPtr parsed = ParseRequest(*der);
  EXPECT_EQ(SubjectOf(X509_REQ_get_subject_name(parsed.get())), "");
  EXPECT_THAT(RequestedNames(parsed.get()), ElementsAre("a.example.org"));
}

TEST_P(VaultConformanceTest, SelfSignedCertificatesHold) {
  for (TestKeyKind kind : GoodTestKeyKinds()) {
    std::vector<KeyFile> files = OneFile(kind);
    files[0].usage_ceiling = UsageSet::TlsFormsOf(signer::v1::ROLE_SERVER);
    files[0].usage_ceiling.Insert(signer::v1::USAGE_SELF_SIGNED);
    vault_->ReplaceKeys(std::move(files));
    const PublicKey key = TestPublicKey(kind);
    const absl::StatusOr<std::string> der =
        SignOne(*vault_, SelfSignedRequest(key));
    ASSERT_THAT(der, IsOk());
    const auto* bytes = reinterpret_cast<const unsigned char*>(der->data());
    const X509Ptr certificate(
        d2i_X509(nullptr, &bytes, static_cast<long>(der->size())));
    ASSERT_NE(certificate, nullptr);
    EXPECT_EQ(
        X509_verify(certificate.get(), X509_get0_pubkey(certificate.get())), 1)
        << TestKeyKindName(kind);
    EXPECT_EQ(X509_check_ca(certificate.get()), 0);
    const absl::StatusOr<CertificateFields> fields =
        ReadCertificateFields(*der);
    ASSERT_THAT(fields, IsOk());
    EXPECT_EQ(fields->spki, key.spki());
    EXPECT_THAT(fields->dns_names, ElementsAre("dev.example.org"));
    EXPECT_TRUE(fields->server_auth);
    EXPECT_FALSE(fields->client_auth);
    EXPECT_LT(fields->not_before, absl::Now());
    EXPECT_GT(fields->not_after, absl::Now() + 29 * absl::Hours(24));
    EXPECT_LT(fields->not_after, absl::Now() + 31 * absl::Hours(24));
  }
}

TEST_P(VaultConformanceTest, FieldsOfObjectsAreChecked) {
  vault_->ReplaceKeys(OneFile(TestKeyKind::kP256));
  const PublicKey key = TestPublicKey(TestKeyKind::kP256);
  const auto expect = [&](const SignRequest& request, const std::string& text) {
    const absl::Status status = SignOne(*vault_, request).status();
    EXPECT_THAT(status,
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(text)));
    EXPECT_EQ(GetReason(status), ErrorReason::kInvalidRequest);
  };
  const SignRequest csr = CsrRequest(key, key.DefaultPreferences().front());
  SignRequest bad = csr;
  bad.mutable_csr()->Clear();
  expect(bad, "csr: required: common_name, dns_names or both");
  bad = csr;
  bad.mutable_csr()->set_common_name(std::string(65, 'a'));
  expect(bad, "csr.common_name: expected at most 64 printable ASCII");
  bad.mutable_csr()->set_common_name("a\nb");
  expect(bad, "csr.common_name");
  bad = csr;
  bad.mutable_csr()->set_dns_names(1, "a b");
  expect(bad, "csr.dns_names[1]: expected a DNS name, or \"*.\" and one");
  for (int i = 0; i < 99; ++i) bad.mutable_csr()->add_dns_names("a.test");
  expect(bad, "csr.dns_names: expected at most 100 names, got 101");

  bad = SelfSignedRequest(key);
  bad.mutable_self_signed_certificate()->set_valid_days(91);
  expect(bad, "self_signed_certificate.valid_days: expected 1 to 90, got 91");
  bad.mutable_self_signed_certificate()->clear_dns_names();
  expect(bad, "self_signed_certificate.dns_names: required: 1 to 100 names");
}

}  // namespace
}  // namespace keyhold
