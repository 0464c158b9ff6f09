#include "tls_lib/provider/public_half.h"

#include <memory>

#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/public_key.h"
#include "tls_lib/local/test_keys.h"
#include "tls_lib/provider/crypto_library.h"

namespace keyhold::provider {
namespace {

std::shared_ptr<const PublicHalf> HalfOf(TestKeyKind kind, int index = 0) {
  return PublicHalf::Create(
             PublicKey::FromSpki(TestKeySpki(kind, index)).value(),
             CryptoLibrary().value())
      .value();
}

TEST(PublicHalfTest, NamesTheGroupOfAnEcdsaKeyOnly) {
  EXPECT_EQ(HalfOf(TestKeyKind::kP256)->group(), "prime256v1");
  EXPECT_EQ(HalfOf(TestKeyKind::kP384)->group(), "secp384r1");
  EXPECT_EQ(HalfOf(TestKeyKind::kP521)->group(), "secp521r1");
  EXPECT_EQ(HalfOf(TestKeyKind::kEd25519)->group(), "");
  EXPECT_EQ(HalfOf(TestKeyKind::kRsa2048)->group(), "");
}

TEST(PublicHalfTest, KnowsStrengthAndType) {
  EXPECT_EQ(HalfOf(TestKeyKind::kRsa2048)->security_bits(), 112);
  EXPECT_EQ(HalfOf(TestKeyKind::kP384)->security_bits(), 192);
  EXPECT_STREQ(HalfOf(TestKeyKind::kRsaPss2048)->openssl_type(), "RSA-PSS");
  EXPECT_STREQ(HalfOf(TestKeyKind::kEd448)->openssl_type(), "ED448");
}

TEST(PublicHalfTest, ComparesKeysNotObjects) {
  for (TestKeyKind kind :
       {TestKeyKind::kRsa2048, TestKeyKind::kRsaPss2048, TestKeyKind::kP256,
        TestKeyKind::kP521, TestKeyKind::kEd25519, TestKeyKind::kEd448}) {
    EXPECT_TRUE(
        SamePublicParams(HalfOf(kind)->params(), HalfOf(kind)->params()))
        << kind;
    EXPECT_FALSE(
        SamePublicParams(HalfOf(kind)->params(), HalfOf(kind, 1)->params()))
        << kind;
  }
  EXPECT_FALSE(SamePublicParams(HalfOf(TestKeyKind::kRsa2048)->params(),
                                HalfOf(TestKeyKind::kP256)->params()));
}

TEST(PublicHalfTest, NothingInCommonIsNotTheSame) {
  const OSSL_PARAM empty[] = {OSSL_PARAM_END};
  EXPECT_FALSE(SamePublicParams(empty, empty));
}

}  // namespace
}  // namespace keyhold::provider
