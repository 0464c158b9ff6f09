// Catalogs and policies for tests, without files.
#ifndef KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_TEST_SNAPSHOT_H_
#define KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_TEST_SNAPSHOT_H_

#include <memory>
#include <string>
#include <vector>

#include "signer_service/core/role_set.h"
#include "signer_service/front/serving_state.h"
#include "signer_service/keys/key_catalog.h"
#include "signer_service/policy/policy_rule.h"
#include "tls_lib/local/test_keys.h"

namespace keyhold {

// A catalog entry for the test key of this kind and index, with its default
// preferences.
CatalogKey TestCatalogKey(const std::string& id, TestKeyKind kind,
                          RoleSet roles = RoleSet::ServerOnly(), int index = 0);

// SHA-256 of the test key's SubjectPublicKeyInfo.
std::string TestSpkiSha256(TestKeyKind kind, int index = 0);

// A rule with its defaults; the patterns must parse.
PolicyRule TestRule(const std::vector<std::string>& identities,
                    const std::vector<std::string>& keys);

// `agents`: patterns of those who may say for which local user they ask.
std::shared_ptr<const ServingSnapshot> TestSnapshot(
    std::vector<CatalogKey> keys, std::vector<PolicyRule> rules,
    const std::vector<std::string>& agents = {});

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_FRONT_TESTING_TEST_SNAPSHOT_H_
