#include "tls_lib/core/key_type.h"

#include "gtest/gtest.h"

namespace keyhold {
namespace {

TEST(KeyTypeNameTest, NamesEachType) {
  EXPECT_EQ(KeyTypeName(KeyType::kRsa), "RSA");
  EXPECT_EQ(KeyTypeName(KeyType::kRsaPss), "RSA-PSS");
  EXPECT_EQ(KeyTypeName(KeyType::kEcdsaP256), "P-256");
  EXPECT_EQ(KeyTypeName(KeyType::kEcdsaP384), "P-384");
  EXPECT_EQ(KeyTypeName(KeyType::kEcdsaP521), "P-521");
  EXPECT_EQ(KeyTypeName(KeyType::kEd25519), "Ed25519");
  EXPECT_EQ(KeyTypeName(KeyType::kEd448), "Ed448");
}

}  // namespace
}  // namespace keyhold
