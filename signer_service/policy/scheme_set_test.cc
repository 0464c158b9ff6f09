#include "signer_service/policy/scheme_set.h"

#include "gtest/gtest.h"

namespace keyhold {
namespace {

TEST(SchemeSetTest, HoldsWhatWasInserted) {
  SchemeSet set;
  EXPECT_TRUE(set.empty());
  EXPECT_EQ(set.ToString(), "");
  set.Insert(SignatureScheme::kEd25519);
  EXPECT_FALSE(set.empty());
  EXPECT_TRUE(set.Contains(SignatureScheme::kEd25519));
  EXPECT_FALSE(set.Contains(SignatureScheme::kEd448));
  EXPECT_EQ(set.ToString(), "ed25519");
}

TEST(SchemeSetTest, AllHoldsEveryScheme) {
  SchemeSet set;
  for (const SchemeInfo& info : AllSchemes()) {
    EXPECT_TRUE(SchemeSet::All().Contains(info.scheme)) << info.name;
    EXPECT_FALSE(set.Contains(info.scheme)) << info.name;
    set.Insert(info.scheme);
  }
  EXPECT_EQ(set, SchemeSet::All());
}

TEST(SchemeSetTest, UnknownSchemesAreNeverIn) {
  SchemeSet set;
  set.Insert(static_cast<SignatureScheme>(0x0a0a));
  EXPECT_TRUE(set.empty());
  EXPECT_FALSE(SchemeSet::All().Contains(static_cast<SignatureScheme>(0x0201)));
}

}  // namespace
}  // namespace keyhold
