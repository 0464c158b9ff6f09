#include "signer_service/front/testing/test_snapshot.h"

#include <utility>

#include "signer_service/policy/policy.h"
#include "tls_lib/core/public_key.h"

namespace keyhold {
namespace {

PublicKey TestPublicKey(TestKeyKind kind, int index) {
  return *PublicKey::FromSpki(TestKeySpki(kind, index));
}

}  // namespace

CatalogKey TestCatalogKey(const std::string& id, TestKeyKind kind,
                          RoleSet roles, int index) {
  PublicKey public_key = TestPublicKey(kind, index);
  std::vector<SignatureScheme> preferences = public_key.DefaultPreferences();
  return CatalogKey{id,           /*label=*/"", std::move(public_key), {}, {},
                    std::nullopt, roles,        std::move(preferences)};
}

std::string TestSpkiSha256(TestKeyKind kind, int index) {
  return std::string(TestPublicKey(kind, index).spki_sha256());
}

PolicyRule TestRule(const std::vector<std::string>& identities,
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

std::shared_ptr<const ServingSnapshot> TestSnapshot(
    std::vector<CatalogKey> keys, std::vector<PolicyRule> rules,
    const std::vector<std::string>& agents) {
  std::vector<IdentityPattern> patterns;
  for (const std::string& agent : agents) {
    patterns.push_back(*IdentityPattern::Parse(agent));
  }
  return std::make_shared<const ServingSnapshot>(
      KeyCatalog::Create(std::move(keys)),
      Policy(std::move(rules), std::move(patterns)));
}

}  // namespace keyhold
