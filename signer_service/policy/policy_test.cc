#include "signer_service/policy/policy.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "signer_service/policy/policy_test_input.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using testing::HasSubstr;
using testing::Optional;

TEST(PolicyTest, WithoutRulesNobodyMayDoAnything) {
  const Policy policy({});
  const CallerPolicy caller = policy.For(Identity::FromUid(0));
  EXPECT_FALSE(caller.MayKnow("a"));
  EXPECT_EQ(Answer(caller.Authorize({"a", Both()},
                                    signer::v1::USAGE_TLS13_SERVER, kP256, "")),
            "KEY_NOT_FOUND");
}

TEST(PolicyTest, TextsNameCallerKeyAndWhatIsAllowed) {
  const Policy policy = SitePolicy();
  const CallerPolicy web = policy.For(CallerOf("web/1"));
  const RoleSet server = RoleSet::ServerOnly();
  EXPECT_THAT(
      web.Authorize({"site-a", server}, signer::v1::USAGE_DIGEST, kP256, ""),
      StatusIs(absl::StatusCode::kPermissionDenied,
               "policy does not let spiffe://example.org/web/1 use key site-a "
               "for digest; it allows: tls13_server, tls12_server"));
  EXPECT_THAT(
      web.Authorize({"admin", server}, signer::v1::USAGE_TLS13_SERVER, kP256,
                    ""),
      StatusIs(absl::StatusCode::kPermissionDenied,
               "policy lets spiffe://example.org/web/1 use key admin for "
               "tls13_server for certain server names only, and the request "
               "states none"));
  EXPECT_THAT(web.Authorize({"admin", server}, signer::v1::USAGE_TLS13_SERVER,
                            kP256, "www.example.org"),
              StatusIs(absl::StatusCode::kPermissionDenied,
                       HasSubstr("and \"www.example.org\" is none of them")));
  EXPECT_THAT(web.Authorize({"admin", server}, signer::v1::USAGE_TLS13_SERVER,
                            kP256, "admin.example.org"),
              IsOk());
  EXPECT_THAT(
      policy.For(CallerOf("go-tool"))
          .Authorize({"site-a", server}, signer::v1::USAGE_DIGEST, kEd, ""),
      StatusIs(absl::StatusCode::kPermissionDenied,
               "policy does not let cn:go-tool use key site-a for digest with "
               "ed25519; it allows: ecdsa_secp256r1_sha256"));
}

TEST(PolicyTest, NotFoundNamesNothing) {
  const absl::Status status =
      SitePolicy()
          .For(CallerOf("web/2"))
          .Authorize({"admin", RoleSet::ServerOnly()},
                     signer::v1::USAGE_TLS13_SERVER, kP256, "");
  EXPECT_EQ(status, KeyNotFoundError());
  EXPECT_THAT(status,
              StatusIs(absl::StatusCode::kNotFound,
                       "no such key, or none that the caller may know of"));
  EXPECT_THAT(GetReason(status), Optional(ErrorReason::kKeyNotFound));
}

TEST(PolicyTest, ACommonNameBesideOtherNamesOpensNothing) {
  const Policy policy = SitePolicy();
  const auto may_know = [&](CertificateNames names) {
    return policy.For(Identity::FromCertificate(std::move(names)))
        .MayKnow("site-a");
  };
  EXPECT_TRUE(may_know({"", {}, "go-tool"}));
  EXPECT_FALSE(may_know({"spiffe://example.com/x", {}, "go-tool"}));
  EXPECT_FALSE(may_know({"", {"x.example.com"}, "go-tool"}));
}

TEST(PolicyTest, OneRuleMustAllowItAll) {
  // Each rule alone lacks one thing; together they still allow nothing.
  std::vector<PolicyRule> rules;
  rules.push_back(Rule({"uid:1"}, {"a"}));
  rules.back().usages = Usages({signer::v1::USAGE_TLS13_SERVER});
  rules.back().server_names.push_back(*DnsPattern::Parse("x.example"));
  rules.push_back(Rule({"uid:1"}, {"a"}));
  rules.back().usages = Usages({signer::v1::USAGE_DIGEST});
  const Policy policy(std::move(rules));
  const CallerPolicy caller = policy.For(Identity::FromUid(1));
  const PolicyKey key{"a", RoleSet::ServerOnly()};
  EXPECT_EQ(Answer(caller.Authorize(key, signer::v1::USAGE_TLS13_SERVER, kP256,
                                    "y.example")),
            "SERVER_NAME_NOT_ALLOWED");
  EXPECT_EQ(Answer(caller.Authorize(key, signer::v1::USAGE_TLS13_SERVER, kP256,
                                    "x.example")),
            "ok");
  EXPECT_EQ(Answer(caller.Authorize(key, signer::v1::USAGE_DIGEST, kP256, "")),
            "ok");
}

TEST(PolicyTest, SchemesOfSeveralRulesAddUp) {
  std::vector<PolicyRule> rules;
  for (const SignatureScheme scheme : {kP256, kEd}) {
    rules.push_back(Rule({"uid:1"}, {"a"}));
    rules.back().schemes = SchemeSet();
    rules.back().schemes.Insert(scheme);
  }
  const Policy policy(std::move(rules));
  const absl::StatusOr<SchemeSet> schemes =
      policy.For(Identity::FromUid(1))
          .AllowedSchemes({"a", RoleSet::ServerOnly()},
                          signer::v1::USAGE_TLS13_SERVER, "");
  ASSERT_THAT(schemes, IsOk());
  EXPECT_TRUE(schemes->Contains(kP256));
  EXPECT_TRUE(schemes->Contains(kEd));
  EXPECT_FALSE(schemes->Contains(SignatureScheme::kEd448));
}

TEST(PolicyTest, TellsWhatAKeyMayBeUsedFor) {
  const Policy policy = SitePolicy();
  const CallerPolicy tool = policy.For(CallerOf("go-tool"));
  const PolicyKey key{"site-a", RoleSet::ServerOnly()};
  EXPECT_EQ(tool.AllowedUsages(key).ToString(), "tls13_server, digest");
  EXPECT_EQ(tool.GrantedSchemes(key, tool.AllowedUsages(key)).ToString(),
            "ecdsa_secp256r1_sha256");
  EXPECT_TRUE(
      tool.GrantedSchemes(key, Usages({signer::v1::USAGE_MESSAGE})).empty());
  EXPECT_TRUE(tool.AllowedUsages({"admin", RoleSet::ServerOnly()}).empty());
}

TEST(PolicyTest, CeilingIsTheUnionOfAllRules) {
  const Policy policy = SitePolicy();
  EXPECT_EQ(policy.UsageCeiling({"site-a", RoleSet::ServerOnly()}).ToString(),
            "tls13_server, tls12_server, digest, message");
  EXPECT_EQ(
      policy.UsageCeiling({"mesh-client", RoleSet::ClientOnly()}).ToString(),
      "tls13_client, tls12_client, digest, message");
  EXPECT_TRUE(
      Policy({}).UsageCeiling({"site-a", RoleSet::ServerOnly()}).empty());
}

TEST(PolicyTest, AKeyOfOthersCostsWhatNoKeyCosts) {
  std::vector<PolicyRule> rules = {Rule({"uid:1"}, {"mine", "site-*"}),
                                   Rule({"uid:1"}, {"mine"}),
                                   Rule({"uid:1", "uid:2"}, {"shared"})};
  // Many rules for a key of others.
  for (int uid = 10; uid < 30; ++uid) {
    rules.push_back(Rule({"uid:" + std::to_string(uid)}, {"theirs"}));
    rules.push_back(Rule({"uid:" + std::to_string(uid)}, {"the*"}));
  }
  const Policy policy(std::move(rules));
  const CallerPolicy caller = policy.For(Identity::FromUid(1));
  const auto work = [&](absl::string_view key_id) {
    const uint64_t before = PolicyWorkOfThisThread();
    EXPECT_EQ(caller.Authorize({key_id, RoleSet::ServerOnly()},
                               signer::v1::USAGE_TLS13_SERVER, kP256, ""),
              KeyNotFoundError());
    return PolicyWorkOfThisThread() - before;
  };
  EXPECT_EQ(work("theirs"), work("no such key"));
  EXPECT_EQ(work("theirs"), work(""));
  // Two look-ups, and the two patterns of the rule with a prefix.
  EXPECT_EQ(work("theirs"), 4u);
}

TEST(PolicyTest, TellsTheKeysOfACaller) {
  const Policy policy = SitePolicy();
  std::vector<std::string> patterns;
  for (const PrefixPattern* pattern :
       policy.For(CallerOf("web/1")).KeyPatterns()) {
    patterns.push_back(pattern->text());
  }
  EXPECT_THAT(patterns, testing::ElementsAre("site-", "admin"));
}

TEST(PolicyTest, TellsWhichUsersItNames) {
  const Policy policy({Rule({"*", "uid:*", "uid:7"}, {"a"})});
  EXPECT_TRUE(policy.NamesUid(7));
  EXPECT_FALSE(policy.NamesUid(8));
}

TEST(PolicyTest, CanonicalTextIsWhatDecides) {
  const auto canonical = [](std::vector<PolicyRule> rules) {
    return Policy(std::move(rules)).canonical();
  };
  const PolicyRule a = Rule({"dns:Web"}, {"a"});
  const PolicyRule b = Rule({"uid:1"}, {"b"});
  EXPECT_EQ(canonical({a, b}), canonical({b, a}));
  EXPECT_NE(canonical({a}), canonical({b}));
  EXPECT_NE(canonical({a}), canonical({a, b}));
  PolicyRule named = a;
  named.name = "web";
  EXPECT_EQ(canonical({a}), canonical({named}));
  PolicyRule lower = Rule({"dns:web"}, {"a"});
  EXPECT_EQ(canonical({a}), canonical({lower}));
  PolicyRule usages = a;
  usages.usages = Usages({signer::v1::USAGE_TLS13_SERVER});
  EXPECT_NE(canonical({a}), canonical({usages}));
  PolicyRule schemes = a;
  schemes.schemes = SchemeSet();
  schemes.schemes.Insert(kEd);
  EXPECT_NE(canonical({a}), canonical({schemes}));
  PolicyRule names = a;
  names.server_names.push_back(*DnsPattern::Parse("x"));
  EXPECT_NE(canonical({a}), canonical({names}));
  // Two lists that read alike when run together.
  EXPECT_NE(canonical({Rule({"uid:1"}, {"ab", "c"})}),
            canonical({Rule({"uid:1"}, {"a", "bc"})}));
}

}  // namespace
}  // namespace keyhold
