#include "signer_service/policy/policy.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tls_lib/base/status_matchers.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {
namespace {

using signer::v1::Usage;
using testing::HasSubstr;
using testing::Optional;

constexpr SignatureScheme kP256 = SignatureScheme::kEcdsaSecp256r1Sha256;
constexpr SignatureScheme kEd = SignatureScheme::kEd25519;

PolicyRule Rule(std::vector<std::string> identities,
                std::vector<std::string> keys) {
  PolicyRule rule;
  for (const std::string& identity : identities) {
    rule.identities.push_back(*IdentityPattern::Parse(identity));
  }
  for (const std::string& key : keys) {
    rule.keys.push_back(*PrefixPattern::Parse(key));
  }
  return rule;
}

UsageSet Usages(std::vector<Usage> usages) {
  UsageSet set;
  for (const Usage usage : usages) set.Insert(usage);
  return set;
}

Identity Spiffe(const std::string& id) {
  return Identity::FromCertificate({id, {}, ""});
}

RoleSet Both() {
  RoleSet roles = RoleSet::ServerOnly();
  roles.Insert(signer::v1::ROLE_CLIENT);
  return roles;
}

// "ok", or the name of the reason.
std::string Answer(const absl::Status& status) {
  if (status.ok()) return "ok";
  return std::string(
      ErrorReasonName(GetReason(status).value_or(ErrorReason::kSigningFailed)));
}

// --- The table: identities × keys × usages -------------------------------
//
// The policy of a site with a web tier, a mesh of clients, a tool that signs
// digests for one key, and an administrator at the console.

Policy SitePolicy() {
  std::vector<PolicyRule> rules;
  // The web tier serves the sites.
  rules.push_back(Rule({"spiffe://example.org/web/*"}, {"site-*"}));
  // One of its hosts has the admin site too, for one name only.
  rules.push_back(Rule({"spiffe://example.org/web/1"}, {"admin"}));
  rules.back().server_names.push_back(*DnsPattern::Parse("admin.example.org"));
  // Clients of the mesh prove themselves.
  rules.push_back(Rule({"dns:*.mesh.example.org"}, {"mesh-client"}));
  // A tool that only sees digests, with one scheme.
  rules.push_back(Rule({"cn:go-tool"}, {"site-a"}));
  rules.back().usages =
      Usages({signer::v1::USAGE_TLS13_SERVER, signer::v1::USAGE_DIGEST});
  rules.back().schemes = SchemeSet();
  rules.back().schemes.Insert(kP256);
  // The console may do anything with anything, but what a key's role forbids.
  rules.push_back(Rule({"uid:0"}, {"*"}));
  rules.back().usages =
      Usages({signer::v1::USAGE_TLS13_SERVER, signer::v1::USAGE_TLS12_SERVER,
              signer::v1::USAGE_TLS13_CLIENT, signer::v1::USAGE_TLS12_CLIENT,
              signer::v1::USAGE_DIGEST, signer::v1::USAGE_MESSAGE});
  return Policy(std::move(rules));
}

struct TableKey {
  std::string id;
  RoleSet roles;
};

// One row: a caller and a key. Columns: tls13_server, tls12_server,
// tls13_client, tls12_client, digest, message; each with P-256 and no server
// name.
struct Row {
  std::string caller;
  std::string key;
  std::string cells;
};

constexpr Usage kColumns[] = {
    signer::v1::USAGE_TLS13_SERVER, signer::v1::USAGE_TLS12_SERVER,
    signer::v1::USAGE_TLS13_CLIENT, signer::v1::USAGE_TLS12_CLIENT,
    signer::v1::USAGE_DIGEST,       signer::v1::USAGE_MESSAGE};

// Y: allowed. u: usage not allowed. n: server name not allowed. -: not found.
char Cell(const absl::Status& status) {
  const std::string answer = Answer(status);
  if (answer == "ok") return 'Y';
  if (answer == "USAGE_NOT_ALLOWED") return 'u';
  if (answer == "SERVER_NAME_NOT_ALLOWED") return 'n';
  if (answer == "KEY_NOT_FOUND") return '-';
  return '?';
}

Identity CallerOf(const std::string& name) {
  if (name == "web/1") return Spiffe("spiffe://example.org/web/1");
  if (name == "web/2") return Spiffe("spiffe://example.org/web/2");
  if (name == "other domain") return Spiffe("spiffe://example.com/web/1");
  if (name == "mesh") {
    return Identity::FromCertificate({"", {"a.mesh.example.org"}, ""});
  }
  if (name == "mesh, deeper") {
    return Identity::FromCertificate({"", {"b.a.mesh.example.org"}, ""});
  }
  if (name == "go-tool") return Identity::FromCertificate({"", {}, "go-tool"});
  if (name == "root") return Identity::FromUid(0);
  if (name == "uid 33") return Identity::FromUid(33);
  EXPECT_EQ(name, "nobody");
  return Identity();
}

TableKey KeyOf(const std::string& id) {
  if (id == "mesh-client") return {id, RoleSet::ClientOnly()};
  if (id == "site-both") return {id, Both()};
  return {id, RoleSet::ServerOnly()};
}

TEST(PolicyTableTest, EveryCellHasItsAnswer) {
  // clang-format off
  const std::vector<Row> rows = {
      // caller, key,                  13s 12s 13c 12c dig msg
      {"web/1", "site-a",              "Y   Y   u   u   u   u"},
      {"web/1", "site-both",           "Y   Y   Y   Y   u   u"},
      {"web/1", "admin",               "n   n   u   u   u   u"},
      {"web/1", "mesh-client",         "-   -   -   -   -   -"},
      {"web/1", "no such key",         "-   -   -   -   -   -"},
      {"web/2", "site-a",              "Y   Y   u   u   u   u"},
      {"web/2", "admin",               "-   -   -   -   -   -"},
      {"other domain", "site-a",       "-   -   -   -   -   -"},
      {"other domain", "admin",        "-   -   -   -   -   -"},
      {"mesh", "mesh-client",          "u   u   Y   Y   u   u"},
      {"mesh", "site-a",               "-   -   -   -   -   -"},
      {"mesh, deeper", "mesh-client",  "-   -   -   -   -   -"},
      {"go-tool", "site-a",            "Y   u   u   u   Y   u"},
      {"go-tool", "site-both",         "-   -   -   -   -   -"},
      {"root", "site-a",               "Y   Y   u   u   Y   Y"},
      {"root", "site-both",            "Y   Y   Y   Y   Y   Y"},
      {"root", "mesh-client",          "u   u   Y   Y   Y   Y"},
      {"root", "admin",                "Y   Y   u   u   Y   Y"},
      {"uid 33", "site-a",             "-   -   -   -   -   -"},
      {"nobody", "site-a",             "-   -   -   -   -   -"},
  };
  // clang-format on
  const Policy policy = SitePolicy();
  for (const Row& row : rows) {
    const CallerPolicy caller = policy.For(CallerOf(row.caller));
    const TableKey key = KeyOf(row.key);
    std::string cells;
    for (const Usage usage : kColumns) {
      if (!cells.empty()) cells += "   ";
      cells += Cell(caller.Authorize({key.id, key.roles}, usage, kP256, ""));
    }
    EXPECT_EQ(cells, row.cells) << row.caller << " × " << row.key;
    EXPECT_EQ(caller.MayKnow(key.id), row.cells[0] != '-')
        << row.caller << " × " << row.key;
  }
}

// --- One thing at a time ----------------------------------------------------

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
