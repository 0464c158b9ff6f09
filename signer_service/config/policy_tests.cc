#include "signer_service/config/policy_tests.h"

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "signer_service/core/usage_set.h"
#include "signer_service/policy/explanation.h"
#include "signer_service/policy/identity.h"
#include "tls_lib/base/status_macros.h"
#include "tls_lib/core/signature_scheme.h"

namespace keyhold {
namespace {

RoleSet RolesOf(const signer::v1::PolicyTest& test,
                const KeyStoreSettings& keys) {
  RoleSet roles;
  for (const int role : test.roles()) {
    roles.Insert(static_cast<signer::v1::Role>(role));
  }
  if (!roles.empty()) return roles;
  const auto found = keys.by_id.find(test.key());
  if (found != keys.by_id.end() && !found->second.roles.empty()) {
    return found->second.roles;
  }
  return RoleSet::ServerOnly();
}

// The fault's field and text, if the test cannot be run.
absl::StatusOr<PolicyQuestion> QuestionOf(const signer::v1::PolicyTest& test,
                                          const KeyStoreSettings& keys) {
  PolicyQuestion question;
  ASSIGN_OR_RETURN(question.identity, Identity::FromName(test.identity()));
  question.key_id = test.key();
  question.roles = RolesOf(test, keys);
  question.usage = test.usage();
  question.server_name = test.server_name();
  if (!test.scheme().empty()) {
    ASSIGN_OR_RETURN(question.scheme, ParseSchemeName(test.scheme()));
  }
  if (test.key().empty()) return absl::InvalidArgumentError("key: required");
  if (test.usage() == signer::v1::USAGE_UNSPECIFIED) {
    return absl::InvalidArgumentError("usage: required");
  }
  if (test.expect() == signer::v1::POLICY_ANSWER_UNSPECIFIED) {
    return absl::InvalidArgumentError("expect: required: allow or deny");
  }
  return question;
}

}  // namespace

void RunPolicyTests(const signer::v1::Policy& tests, const Policy& policy,
                    const KeyStoreSettings& keys, FaultList& faults) {
  for (int i = 0; i < tests.tests_size(); ++i) {
    const signer::v1::PolicyTest& test = tests.tests(i);
    const std::string path = absl::StrCat("policy.tests[", i, "]");
    const absl::StatusOr<PolicyQuestion> question = QuestionOf(test, keys);
    if (!question.ok()) {
      faults.Add(path, question.status().message());
      continue;
    }
    const absl::Status answer = AskPolicy(policy, *question);
    const bool expected = test.expect() == signer::v1::POLICY_ANSWER_ALLOW;
    if (answer.ok() == expected) continue;
    faults.Add(path, expected
                         ? absl::StrCat("expected allow: ", answer.message())
                         : "expected deny, and a rule allows it; `keyhold "
                           "policy explain` says which");
  }
}

}  // namespace keyhold
