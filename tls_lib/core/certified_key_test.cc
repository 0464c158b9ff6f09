#include "tls_lib/core/certified_key.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/secret_bytes.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/local_signing_key.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;

std::shared_ptr<const SigningKey> KeyOf(const std::string& pem) {
  return *LocalSigningKey::Create(
      *PrivateKey::Parse(*SecretBytes::CopyOf(pem)));
}

class CertifiedKeyTest : public testing::Test {
 protected:
  CertifiedKeyTest() {
    options_.dns_names = {"WWW.example.org"};
    leaf_pem_ = ca_.Issue(key_pem_, options_);
  }

  const TestCa ca_ = TestCa("CA");
  const std::string key_pem_ = TestKeyPem(TestKeyKind::kP256);
  TestCertOptions options_;
  std::string leaf_pem_;
};

TEST_F(CertifiedKeyTest, ChainAndKey) {
  std::shared_ptr<const SigningKey> key = KeyOf(key_pem_);
  absl::StatusOr<std::shared_ptr<const CertifiedKey>> certified =
      CertifiedKey::CreateFromPem(leaf_pem_ + ca_.cert_pem(), key);
  ASSERT_THAT(certified, IsOk());
  EXPECT_THAT((*certified)->chain_der(),
              ElementsAre(PemToDer(leaf_pem_), PemToDer(ca_.cert_pem())));
  EXPECT_EQ(&(*certified)->key(), key.get());
  EXPECT_THAT((*certified)->dns_names(), ElementsAre("www.example.org"));
  EXPECT_EQ(absl::ToUnixSeconds((*certified)->not_before()),
            absl::ToUnixSeconds(options_.not_before));
  EXPECT_EQ(absl::ToUnixSeconds((*certified)->not_after()),
            absl::ToUnixSeconds(options_.not_after));
}

TEST_F(CertifiedKeyTest, AnExpiredCertificateIsTaken) {
  EXPECT_THAT(CertifiedKey::CreateFromPem(
                  ca_.Issue(key_pem_, Expired(options_)), KeyOf(key_pem_)),
              IsOk());
}

TEST_F(CertifiedKeyTest, LeafOfAnotherKey) {
  EXPECT_THAT(
      CertifiedKey::CreateFromPem(leaf_pem_,
                                  KeyOf(TestKeyPem(TestKeyKind::kP256, 1))),
      StatusIs(kInvalid,
               "the first certificate of the chain is for another key; is the "
               "leaf first, and is this the key that it was issued for?"));
  EXPECT_THAT(
      CertifiedKey::CreateFromPem(ca_.cert_pem() + leaf_pem_, KeyOf(key_pem_)),
      StatusIs(kInvalid, HasSubstr("is the leaf first")));
}

TEST_F(CertifiedKeyTest, EmptyChainOrNoKey) {
  EXPECT_THAT(CertifiedKey::Create({}, KeyOf(key_pem_)),
              StatusIs(kInvalid, "the certificate chain is empty"));
  EXPECT_THAT(CertifiedKey::Create({PemToDer(leaf_pem_)}, nullptr),
              StatusIs(kInvalid, "no key for the certificate chain"));
}

TEST_F(CertifiedKeyTest, CertificateThatIsNone) {
  EXPECT_THAT(CertifiedKey::Create({PemToDer(leaf_pem_), "x"}, KeyOf(key_pem_)),
              StatusIs(kInvalid, StartsWith("certificate 2 of the chain: not a "
                                            "certificate: ")));
}

TEST_F(CertifiedKeyTest, ParsePemSkipsOtherBlocks) {
  EXPECT_THAT(
      ParsePemCertificates(absl::StrCat("subject=CN = test\n", key_pem_,
                                        leaf_pem_, ca_.cert_pem())),
      IsOkAndHolds(ElementsAre(PemToDer(leaf_pem_), PemToDer(ca_.cert_pem()))));
}

TEST_F(CertifiedKeyTest, ParsePemTakesWindowsLines) {
  EXPECT_THAT(
      ParsePemCertificates(absl::StrReplaceAll(leaf_pem_, {{"\n", "\r\n"}})),
      IsOkAndHolds(ElementsAre(PemToDer(leaf_pem_))));
}

TEST_F(CertifiedKeyTest, ParsePemWithoutCertificates) {
  for (const std::string& pem : {std::string(), key_pem_}) {
    EXPECT_THAT(ParsePemCertificates(pem),
                StatusIs(kInvalid,
                         "no certificate: there is no CERTIFICATE block in the "
                         "PEM text"));
  }
}

TEST_F(CertifiedKeyTest, ParsePemNamesTheBadOne) {
  EXPECT_THAT(
      ParsePemCertificates(absl::StrCat(
          leaf_pem_,
          "-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n")),
      StatusIs(kInvalid, "certificate 2 of the chain is not valid base64"));
  EXPECT_THAT(
      ParsePemCertificates(
          "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"),
      StatusIs(kInvalid, StartsWith("certificate 1 of the chain: not a ")));
  EXPECT_THAT(ParsePemCertificates(leaf_pem_.substr(0, 100)),
              StatusIs(kInvalid, HasSubstr("is the file cut off?")));
}

}  // namespace
}  // namespace keyhold
