#include "tls_lib/remote/leaf_public_key.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

class LeafPublicKeyTest : public testing::TestWithParam<TestKeyKind> {};

TEST_P(LeafPublicKeyTest, IsTheFirstCertificates) {
  const TestCa ca("Site CA");
  const std::string chain = ca.Issue(TestKeyPem(GetParam())) + ca.cert_pem();
  const absl::StatusOr<PublicKey> key = LeafPublicKey(chain);
  ASSERT_THAT(key, IsOk());
  EXPECT_EQ(key->spki(), TestKeySpki(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(All, LeafPublicKeyTest,
                         testing::ValuesIn(GoodTestKeyKinds()),
                         [](const auto& info) {
                           return std::string(TestKeyKindName(info.param));
                         });

TEST(LeafPublicKeyTest, NoCertificate) {
  EXPECT_THAT(LeafPublicKey(TestKeyPem(TestKeyKind::kP256)),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(LeafPublicKeyTest, KeyThatKeyholdDoesNotServe) {
  EXPECT_THAT(
      LeafPublicKey(SelfSignedTestCert(TestKeyPem(TestKeyKind::kRsa1024))),
      StatusIs(absl::StatusCode::kInvalidArgument, testing::HasSubstr("2048")));
}

}  // namespace
}  // namespace keyhold
