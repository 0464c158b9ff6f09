// Rules, callers and a whole policy for the tests of policy.
#ifndef KEYHOLD_SIGNER_SERVICE_POLICY_POLICY_TEST_INPUT_H_
#define KEYHOLD_SIGNER_SERVICE_POLICY_POLICY_TEST_INPUT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "signer_service/policy/policy.h"

namespace keyhold {

constexpr SignatureScheme kP256 = SignatureScheme::kEcdsaSecp256r1Sha256;
constexpr SignatureScheme kEd = SignatureScheme::kEd25519;

// With its defaults; the patterns must parse.
PolicyRule Rule(const std::vector<std::string>& identities,
                const std::vector<std::string>& keys);
UsageSet Usages(const std::vector<signer::v1::Usage>& usages);
Identity Spiffe(const std::string& id);
// Server and client.
RoleSet Both();

// "ok", or the name of the reason.
std::string Answer(const absl::Status& status);

// Of a site with a web tier, a mesh of clients, a tool that signs digests for
// one key, and an administrator at the console.
std::vector<PolicyRule> SiteRules();
Policy SitePolicy();
// Callers of it: "web/1", "web/2", "other domain", "mesh", "mesh, deeper",
// "go-tool", "root", "uid 33", "nobody".
Identity CallerOf(const std::string& name);

}  // namespace keyhold

#endif  // KEYHOLD_SIGNER_SERVICE_POLICY_POLICY_TEST_INPUT_H_
