#include "cli/development/certificate_authority.h"

#include "absl/time/clock.h"
#include "cli/development/generated_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "openssl/pem.h"
#include "openssl/x509_vfy.h"
#include "tls_lib/base/openssl_ptr.h"
#include "tls_lib/base/status_matchers.h"

namespace keyhold {
namespace {

using ::testing::HasSubstr;

X509Ptr Parse(const std::string& pem) {
  BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  return X509Ptr(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
}

// X509_V_OK, or why `leaf` is not good for `purpose` under `ca`.
int Verify(X509* leaf, X509* ca, int purpose) {
  X509_STORE* store = X509_STORE_new();
  X509_STORE_add_cert(store, ca);
  X509_STORE_set_flags(store, X509_V_FLAG_X509_STRICT);
  X509_STORE_CTX* context = X509_STORE_CTX_new();
  X509_STORE_CTX_init(context, store, leaf, nullptr);
  X509_STORE_CTX_set_purpose(context, purpose);
  X509_verify_cert(context);
  const int result = X509_STORE_CTX_get_error(context);
  X509_STORE_CTX_free(context);
  X509_STORE_free(store);
  return result;
}

class CertificateAuthorityTest : public testing::Test {
 protected:
  CertificateAuthorityTest() {
    const absl::Time now = absl::Now();
    absl::StatusOr<CertificateAuthority> ca = CertificateAuthority::Create(
        "Test CA", {now - absl::Hours(1), now + absl::Hours(24)});
    EXPECT_THAT(ca, IsOk());
    ca_.emplace(*std::move(ca));
    ca_cert_ = Parse(*ca_->CertificatePem());
    absl::StatusOr<GeneratedKey> key = GeneratedKey::Create(KeyType::kEd25519);
    EXPECT_THAT(key, IsOk());
    key_.emplace(*std::move(key));
  }

  std::optional<CertificateAuthority> ca_;
  X509Ptr ca_cert_;
  std::optional<GeneratedKey> key_;
};

TEST_F(CertificateAuthorityTest, ServerCertificateVerifiesAsServerOnly) {
  CertificateProfile fields;
  fields.common_name = "www";
  fields.dns_names = {"www.example.test"};
  fields.ip_addresses = {"127.0.0.1", "::1"};
  fields.server_auth = true;
  absl::StatusOr<std::string> pem = ca_->Issue(*key_, fields);
  ASSERT_THAT(pem, IsOk());
  X509Ptr leaf = Parse(*pem);
  EXPECT_EQ(Verify(leaf.get(), ca_cert_.get(), X509_PURPOSE_SSL_SERVER),
            X509_V_OK);
  EXPECT_EQ(Verify(leaf.get(), ca_cert_.get(), X509_PURPOSE_SSL_CLIENT),
            X509_V_ERR_INVALID_PURPOSE);
  EXPECT_EQ(X509_check_host(leaf.get(), "www.example.test", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(leaf.get(), "example.test", 0, 0, nullptr), 0);
  EXPECT_EQ(X509_check_ip_asc(leaf.get(), "127.0.0.1", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(leaf.get(), "::1", 0), 1);
  EXPECT_EQ(X509_check_private_key(leaf.get(), key_->pkey()), 1);
}

TEST_F(CertificateAuthorityTest, ClientCertificateCarriesItsSpiffeId) {
  CertificateProfile fields;
  fields.common_name = "app";
  fields.uris = {"spiffe://example.test/app"};
  fields.client_auth = true;
  absl::StatusOr<std::string> pem = ca_->Issue(*key_, fields);
  ASSERT_THAT(pem, IsOk());
  X509Ptr leaf = Parse(*pem);
  EXPECT_EQ(Verify(leaf.get(), ca_cert_.get(), X509_PURPOSE_SSL_CLIENT),
            X509_V_OK);
  GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(leaf.get(), NID_subject_alt_name, nullptr, nullptr)));
  ASSERT_EQ(sk_GENERAL_NAME_num(names.get()), 1);
  const GENERAL_NAME* name = sk_GENERAL_NAME_value(names.get(), 0);
  ASSERT_EQ(name->type, GEN_URI);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(ASN1_STRING_get0_data(
                            name->d.uniformResourceIdentifier)),
                        ASN1_STRING_length(name->d.uniformResourceIdentifier)),
            "spiffe://example.test/app");
}

TEST_F(CertificateAuthorityTest, SerialNumbersDiffer) {
  CertificateProfile fields;
  fields.common_name = "app";
  fields.dns_names = {"app.example.test"};
  X509Ptr first = Parse(*ca_->Issue(*key_, fields));
  X509Ptr second = Parse(*ca_->Issue(*key_, fields));
  EXPECT_NE(ASN1_INTEGER_cmp(X509_get0_serialNumber(first.get()),
                             X509_get0_serialNumber(second.get())),
            0);
}

TEST_F(CertificateAuthorityTest, RefusesNoName) {
  CertificateProfile fields;
  fields.common_name = "app";
  EXPECT_THAT(
      ca_->Issue(*key_, fields),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("needs a name")));
}

TEST_F(CertificateAuthorityTest, RefusesANameThatWouldAddAnother) {
  CertificateProfile fields;
  fields.common_name = "app";
  fields.dns_names = {"a.example.test,DNS:bank.example"};
  EXPECT_THAT(ca_->Issue(*key_, fields),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("cannot be a name in a certificate")));
}

}  // namespace
}  // namespace keyhold
