#include "signer_service/policy/policy_test_input.h"

#include <utility>

#include "gtest/gtest.h"
#include "tls_lib/core/error_reason.h"

namespace keyhold {

using signer::v1::Usage;

PolicyRule Rule(const std::vector<std::string>& identities,
                const std::vector<std::string>& keys) {
  PolicyRule rule;
  for (const std::string& identity : identities) {
    rule.identities.push_back(*IdentityPattern::Parse(identity));
  }
  for (const std::string& key : keys) {
    rule.keys.push_back(*PrefixPattern::Parse(key));
  }
  return rule;
}

UsageSet Usages(const std::vector<Usage>& usages) {
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

std::vector<PolicyRule> SiteRules() {
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
  return rules;
}

Policy SitePolicy() { return Policy(SiteRules()); }

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

}  // namespace keyhold
