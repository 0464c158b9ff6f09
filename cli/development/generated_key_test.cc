#include "cli/development/generated_key.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/key_type.h"
#include "tls_lib/local/private_key.h"

namespace keyhold {
namespace {

using ::testing::StartsWith;

class GeneratedKeyTest : public testing::TestWithParam<KeyType> {};

TEST_P(GeneratedKeyTest, IsAKeyOfItsTypeThatTheSignerTakes) {
  absl::StatusOr<GeneratedKey> key = GeneratedKey::Create(GetParam());
  ASSERT_THAT(key, IsOk());
  absl::StatusOr<SecretBytes> pem = key->ToPem();
  ASSERT_THAT(pem, IsOk());
  EXPECT_THAT(std::string(pem->Reveal()),
              StartsWith("-----BEGIN PRIVATE KEY-----\n"));
  absl::StatusOr<PrivateKey> parsed = PrivateKey::Parse(*pem);
  ASSERT_THAT(parsed, IsOk());
  EXPECT_EQ(parsed->public_key().type(), GetParam());
}

INSTANTIATE_TEST_SUITE_P(EachType, GeneratedKeyTest,
                         testing::Values(KeyType::kRsa, KeyType::kRsaPss,
                                         KeyType::kEcdsaP256,
                                         KeyType::kEcdsaP384,
                                         KeyType::kEcdsaP521, KeyType::kEd25519,
                                         KeyType::kEd448));

TEST(GeneratedKeyOnceTest, IsAnotherKeyEachTime) {
  absl::StatusOr<GeneratedKey> first = GeneratedKey::Create(KeyType::kEd25519);
  absl::StatusOr<GeneratedKey> second = GeneratedKey::Create(KeyType::kEd25519);
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(second, IsOk());
  EXPECT_NE(EVP_PKEY_eq(first->pkey(), second->pkey()), 1);
}

}  // namespace
}  // namespace keyhold
