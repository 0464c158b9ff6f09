#include "signer_service/front/serving_state.h"

#include <memory>

#include "gtest/gtest.h"
#include "signer_service/front/testing/test_snapshot.h"

namespace keyhold {
namespace {

TEST(ServingStateTest, PolicyVersionIsEqualForEqualPolicyAndKeys) {
  const auto version = [](std::vector<CatalogKey> keys,
                          std::vector<PolicyRule> rules) {
    return TestSnapshot(std::move(keys), std::move(rules))->policy_version();
  };
  const CatalogKey a = TestCatalogKey("a", TestKeyKind::kP256);
  const CatalogKey b = TestCatalogKey("b", TestKeyKind::kEd25519);
  const PolicyRule all = TestRule({"*"}, {"*"});
  const PolicyRule one = TestRule({"*"}, {"a"});
  EXPECT_EQ(version({a, b}, {all}).size(), 16u);
  EXPECT_EQ(version({a, b}, {all}), version({b, a}, {all}));
  EXPECT_NE(version({a, b}, {all}), version({a}, {all}));
  EXPECT_NE(version({a, b}, {all}), version({a, b}, {one}));
}

TEST(ServingStateTest, ASnapshotOutlivesItsReplacement) {
  ServingState state(TestSnapshot({TestCatalogKey("a", TestKeyKind::kP256)},
                                  {TestRule({"uid:1"}, {"a"})}));
  const auto before =
      std::make_shared<CallerView>(state.Get(), Identity::FromUid(1));
  state.Set(TestSnapshot({}, {}));
  EXPECT_TRUE(before->policy.MayKnow("a"));
  EXPECT_EQ(before->snapshot->catalog().keys().size(), 1u);
  const CallerView after(state.Get(), Identity::FromUid(1));
  EXPECT_FALSE(after.policy.MayKnow("a"));
  EXPECT_NE(before->snapshot->policy_version(),
            after.snapshot->policy_version());
}

TEST(ServingStateTest, DrainingIsForGood) {
  ServingState state(TestSnapshot({}, {}));
  EXPECT_FALSE(state.draining());
  state.BeginDrain();
  EXPECT_TRUE(state.draining());
  state.Set(TestSnapshot({}, {}));
  EXPECT_TRUE(state.draining());
}

}  // namespace
}  // namespace keyhold
