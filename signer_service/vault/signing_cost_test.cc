#include "signer_service/vault/signing_cost.h"

#include "gtest/gtest.h"
#include "signer_service/vault/vault_test_input.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {
namespace {

int Cost(TestKeyKind kind, bool has_fast_engine = false) {
  return SigningCost(TestPublicKey(kind), has_fast_engine);
}

TEST(SigningCostTest, SmallCurvesAreCheap) {
  EXPECT_EQ(Cost(TestKeyKind::kP256), 0);
  EXPECT_EQ(Cost(TestKeyKind::kEd25519), 0);
}

TEST(SigningCostTest, LargeCurvesAreCheapWithAFastEngine) {
  EXPECT_EQ(Cost(TestKeyKind::kP384), 3);
  EXPECT_EQ(Cost(TestKeyKind::kP384, true), 0);
  EXPECT_EQ(Cost(TestKeyKind::kP521), 1);
  EXPECT_EQ(Cost(TestKeyKind::kEd448), 1);
}

TEST(SigningCostTest, RsaIsExpensiveAndGrows) {
  EXPECT_EQ(Cost(TestKeyKind::kRsa2048), 1);
  EXPECT_EQ(Cost(TestKeyKind::kRsaPss2048), 1);
  EXPECT_EQ(Cost(TestKeyKind::kRsa4096), 8);
}

}  // namespace
}  // namespace keyhold
