#include "tls_lib/agent/local_policy.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace keyhold {
namespace {

const char kHash[] = "0123456789abcdef0123456789abcdef";
const char kOtherHash[] = "________________________________";

LocalRule Rule(std::optional<std::vector<uid_t>> users,
               std::optional<std::vector<gid_t>> groups,
               const std::vector<std::string>& keys) {
  LocalRule rule;
  rule.users = std::move(users);
  rule.groups = std::move(groups);
  for (const std::string& key : keys) {
    rule.keys.push_back(*KeyPattern::Parse(key));
  }
  return rule;
}

Verdict Decide(const LocalPolicy& policy, UnixPeer peer, const char* hash,
               std::optional<std::vector<std::string>> ids) {
  std::optional<absl::Span<const std::string>> known;
  if (ids.has_value()) known = absl::MakeConstSpan(*ids);
  return policy.RightsOf(peer).Decide(hash, known);
}

TEST(LocalPolicyTest, WithoutRulesNobodyMayAnything) {
  const LocalPolicy policy({});
  EXPECT_TRUE(policy.RightsOf({0, 0}).none());
  EXPECT_EQ(Decide(policy, {0, 0}, kHash, {{"www"}}), Verdict::kRefused);
}

TEST(LocalPolicyTest, UsersGroupsAndBoth) {
  const LocalPolicy policy({Rule({{33, 34}}, std::nullopt, {"users"}),
                            Rule(std::nullopt, {{100}}, {"groups"}),
                            Rule({{35}}, {{101}}, {"both"})});
  EXPECT_EQ(Decide(policy, {33, 1}, kHash, {{"users"}}), Verdict::kAllowed);
  EXPECT_EQ(Decide(policy, {34, 1}, kHash, {{"users"}}), Verdict::kAllowed);
  EXPECT_EQ(Decide(policy, {33, 1}, kHash, {{"groups"}}), Verdict::kRefused);
  EXPECT_EQ(Decide(policy, {99, 100}, kHash, {{"groups"}}), Verdict::kAllowed);
  EXPECT_EQ(Decide(policy, {99, 100}, kHash, {{"users"}}), Verdict::kRefused);
  EXPECT_EQ(Decide(policy, {35, 101}, kHash, {{"both"}}), Verdict::kAllowed);
  EXPECT_TRUE(policy.RightsOf({35, 1}).none());
  EXPECT_TRUE(policy.RightsOf({1, 101}).none());
  // Two rules together.
  EXPECT_EQ(Decide(policy, {33, 100}, kHash, {{"users"}}), Verdict::kAllowed);
  EXPECT_EQ(Decide(policy, {33, 100}, kHash, {{"groups"}}), Verdict::kAllowed);
}

TEST(LocalPolicyTest, TheOverflowUserAndGroupMatchNothing) {
  const LocalPolicy policy({Rule(std::vector<uid_t>(), std::nullopt, {"*"}),
                            Rule({{kOverflowId}}, std::nullopt, {"*"}),
                            Rule(std::nullopt, {{kOverflowId}}, {"*"})});
  EXPECT_TRUE(policy.RightsOf({kOverflowId, 0}).none());
  EXPECT_TRUE(policy.RightsOf({kOverflowId, kOverflowId}).none());
  EXPECT_FALSE(policy.RightsOf({33, kOverflowId}).none()) << "every user";
  const LocalPolicy groups({Rule(std::nullopt, {{kOverflowId}}, {"*"})});
  EXPECT_TRUE(groups.RightsOf({33, kOverflowId}).none());
}

TEST(LocalPolicyTest, ARuleWithoutUsersAndGroupsMatchesNobody) {
  const LocalPolicy policy({Rule(std::nullopt, std::nullopt, {"*"})});
  EXPECT_TRUE(policy.RightsOf({0, 0}).none());
}

TEST(LocalPolicyTest, KeysByIdHashAndAll) {
  const std::string hash =
      absl::StrCat("sha256:", absl::BytesToHexString(kHash));
  const LocalPolicy policy({Rule({{1}}, std::nullopt, {"www", "shop-*"}),
                            Rule({{2}}, std::nullopt, {hash}),
                            Rule({{3}}, std::nullopt, {"*"}),
                            Rule({{4}}, std::nullopt, {hash, "www"})});
  EXPECT_EQ(Decide(policy, {1, 1}, kHash, {{"x", "shop-2"}}),
            Verdict::kAllowed);
  EXPECT_EQ(Decide(policy, {1, 1}, kHash, {{"x"}}), Verdict::kRefused);
  EXPECT_EQ(Decide(policy, {1, 1}, kHash, std::nullopt), Verdict::kNeedsIds);
  // Neither of these asks for ids.
  EXPECT_EQ(Decide(policy, {2, 1}, kHash, std::nullopt), Verdict::kAllowed);
  EXPECT_EQ(Decide(policy, {2, 1}, kOtherHash, std::nullopt),
            Verdict::kRefused);
  EXPECT_EQ(Decide(policy, {3, 1}, kOtherHash, std::nullopt),
            Verdict::kAllowed);
  EXPECT_EQ(Decide(policy, {4, 1}, kHash, std::nullopt), Verdict::kAllowed);
  EXPECT_EQ(Decide(policy, {4, 1}, kOtherHash, std::nullopt),
            Verdict::kNeedsIds);
  EXPECT_TRUE(policy.NeedsIds());
  EXPECT_FALSE(
      LocalPolicy({Rule({{2}}, std::nullopt, {hash, "*"})}).NeedsIds());
  // A listing that does not have the key is an answer.
  EXPECT_EQ(Decide(policy, {4, 1}, kOtherHash, {std::vector<std::string>()}),
            Verdict::kRefused);
}

}  // namespace
}  // namespace keyhold
